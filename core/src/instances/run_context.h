#pragma once

#include <spdlog/logger.h>

#include <functional>
#include <memory>
#include <string>

#include "leakprobe/context.h"

namespace leakprobe {

/// What the plugins of one run share; `at` gives each its own view.
struct RunEnvironment {
  std::shared_ptr<spdlog::logger> log;
  uint64_t seed = 0;
  torch::Device device = torch::kCPU;
  std::shared_ptr<const Tokenizer> tokenizer;
  int64_t positions = 0;  ///< of the model; 0 = any number
  /// Takes a plugin's warnings, by its place in the experiment, in place of the log.
  std::function<void(const std::string& path, const std::string& message)> warn = {};
};

/// A plugin's view of the run: its warnings carry its place in the experiment.
class RunContext final : public Context {
 public:
  RunContext(const RunEnvironment& environment, std::string path)
      : environment_(environment), path_(std::move(path)) {}
  void info(const std::string& message) const override { environment_.log->info("{}", message); }
  void warn(const std::string& message) const override {
    if (environment_.warn) return environment_.warn(path_, message);
    environment_.log->warn("{}: {}", path_, message);
  }
  RandomStream random(std::string_view name) const override {
    return {environment_.seed, path_ + "/" + std::string(name)};
  }
  torch::Device device() const override { return environment_.device; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return environment_.tokenizer; }
  const std::string& path() const override { return path_; }

 private:
  const RunEnvironment& environment_;
  std::string path_;
};

}  // namespace leakprobe
