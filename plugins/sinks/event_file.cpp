#include "event_file.h"

#include <bit>
#include <boost/crc.hpp>

namespace leakprobe {
namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

template <class Unsigned>
std::string little_endian(Unsigned number) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(number); ++i) bytes += static_cast<char>(number >> (8 * i));
  return bytes;
}

std::string masked_checksum(std::string_view data) {
  Crc32c crc;
  crc.process_bytes(data.data(), data.size());
  return little_endian(std::rotr(static_cast<uint32_t>(crc.checksum()), 15) + 0xA282EAD8u);
}

/// Fields of a message in the wire format: a varint with number and type, then the content.
class Message {
 public:
  void add_varint(uint32_t field, uint64_t value) {
    append_key(field, 0);
    append_varint(value);
  }
  void add_double(uint32_t field, double value) {
    append_key(field, 1);
    bytes_ += little_endian(std::bit_cast<uint64_t>(value));
  }
  void add_bytes(uint32_t field, std::string_view content) {
    append_key(field, 2);
    append_varint(content.size());
    bytes_ += content;
  }
  void add_float(uint32_t field, float value) {
    append_key(field, 5);
    bytes_ += little_endian(std::bit_cast<uint32_t>(value));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void append_key(uint32_t field, uint32_t type) { append_varint(field << 3 | type); }
  void append_varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

// Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
constexpr uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5;  // Event
constexpr uint32_t kSummaryValue = 1;                                         // Summary
constexpr uint32_t kTag = 1, kSimpleValue = 2;                                // Summary.Value

}  // namespace

std::string framed_record(std::string_view data) {
  const std::string length = little_endian(static_cast<uint64_t>(data.size()));
  return length + masked_checksum(length) + std::string(data) + masked_checksum(data);
}

std::string file_version_event(double wall_time) {
  Message event;
  event.add_double(kWallTime, wall_time);
  event.add_bytes(kFileVersion, "brain.Event:2");
  return framed_record(event.bytes());
}

std::string scalars_event(double wall_time, int64_t step,
                          const std::vector<std::pair<std::string, double>>& scalars) {
  Message summary;
  for (const auto& [tag, number] : scalars) {
    Message value;
    value.add_bytes(kTag, tag);
    value.add_float(kSimpleValue, static_cast<float>(number));
    summary.add_bytes(kSummaryValue, value.bytes());
  }
  Message event;
  event.add_double(kWallTime, wall_time);
  event.add_varint(kStep, static_cast<uint64_t>(step));
  event.add_bytes(kSummary, summary.bytes());
  return framed_record(event.bytes());
}

}  // namespace leakprobe
