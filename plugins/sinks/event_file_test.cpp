#include "event_file.h"

#include <gtest/gtest.h>

namespace leakprobe {
namespace {

std::string bytes(std::initializer_list<unsigned char> values) {
  return std::string(values.begin(), values.end());
}

/// What every event file begins with: 24 bytes follow, and the checksum of that number.
TEST(EventFile, BeginsAsTensorFlowsDo) {
  const std::string event = file_version_event(1.0);
  EXPECT_EQ(event.substr(0, 12), bytes({0x18, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22}));
  EXPECT_EQ(event.substr(12, 24),
            bytes({0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x1A, 13}) + "brain.Event:2");
  EXPECT_EQ(event.size(), 12u + 24u + 4u);
}

/// CRC-32C of "123456789" is E3069283; rotated right by 15 bits, plus A282EAD8.
TEST(EventFile, ChecksumsAreMaskedCrc32c) {
  const std::string record = framed_record("123456789");
  EXPECT_EQ(record.substr(12, 9), "123456789");
  constexpr uint32_t kCrc = 0xE3069283;
  constexpr uint32_t kMasked = ((kCrc >> 15) | (kCrc << 17)) + 0xA282EAD8u;
  EXPECT_EQ(record.substr(21),
            bytes({kMasked & 0xFF, kMasked >> 8 & 0xFF, kMasked >> 16 & 0xFF, kMasked >> 24}));
}

TEST(EventFile, ANumberIsAFloatWithATag) {
  const std::string event = scalars_event(1.0, 300, {{"loss", 0.5}}).substr(12);
  EXPECT_EQ(event.substr(0, 27), bytes({0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F,  // wall time
                                        0x10, 0xAC, 0x02,                    // step 300
                                        0x2A, 13, 0x0A, 11,                  // summary, value
                                        0x0A, 4}) +
                                     "loss" + bytes({0x15, 0, 0, 0, 0x3F}));
}

/// Before the first step the step is -1, as in metrics.jsonl.
TEST(EventFile, ANegativeStepTakesTenBytes) {
  const std::string event = scalars_event(0.0, -1, {}).substr(12 + 9);
  EXPECT_EQ(event.substr(0, 11),
            bytes({0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}));
}

}  // namespace
}  // namespace leakprobe
