#pragma once

#include <memory>
#include <string>
#include <vector>

#include "leakprobe/context.h"

namespace leakprobe::kit {

/// The devices that plugins can be tested on here: the CPU, and a GPU where there is one.
std::vector<torch::Device> devices();

/// The context of a plugin under test: keeps what the plugin logs.
class TestContext final : public Context {
 public:
  explicit TestContext(std::shared_ptr<const Tokenizer> tokenizer = nullptr, uint64_t seed = 0,
                       torch::Device device = torch::kCPU)
      : tokenizer_(std::move(tokenizer)), seed_(seed), device_(device) {}

  void info(const std::string& message) const override { infos.push_back(message); }
  void warn(const std::string& message) const override { warnings.push_back(message); }
  RandomStream random(std::string_view name) const override {
    return {seed_, path_ + "/" + std::string(name)};
  }
  torch::Device device() const override { return device_; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return tokenizer_; }
  const std::string& path() const override { return path_; }

  mutable std::vector<std::string> infos;
  mutable std::vector<std::string> warnings;

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
  uint64_t seed_;
  torch::Device device_;
  std::string path_ = "test";
};

}  // namespace leakprobe::kit
