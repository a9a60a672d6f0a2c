#include "run/device.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace leakprobe {
namespace {

constexpr const char* kCapacity = "ONEDNN_PRIMITIVE_CACHE_CAPACITY";

class Device : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* value = std::getenv(kCapacity)) before_ = value;
  }
  void TearDown() override {
    before_ ? ::setenv(kCapacity, before_->c_str(), 1) : ::unsetenv(kCapacity);
  }

 private:
  std::optional<std::string> before_;
};

TEST_F(Device, KeepsTheCodeOfFewerProductsThanOneDnnDoes) {
  ::unsetenv(kCapacity);
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
