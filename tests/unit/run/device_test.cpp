#include "machine/device.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "environment.h"

namespace leakprobe {
namespace {

constexpr const char* kCapacity = "ONEDNN_PRIMITIVE_CACHE_CAPACITY";

class Device : public testing::Test {
 private:
  const UnsetVariables variables_{kCapacity};
};

TEST_F(Device, KeepsTheCodeOfFewerProductsThanOneDnnDoes) {
  prepare_device(c10::kCPU);
  ASSERT_NE(std::getenv(kCapacity), nullptr);
  EXPECT_LT(std::stoi(std::getenv(kCapacity)), 1024);
}

TEST_F(Device, LeavesWhatTheEnvironmentSays) {
  ::setenv(kCapacity, "2000", 1);
  prepare_device(c10::kCPU);
  EXPECT_STREQ(std::getenv(kCapacity), "2000");
}

}  // namespace
}  // namespace leakprobe
