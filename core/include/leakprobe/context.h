#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "leakprobe/random.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// What a plugin's constructor may use besides its options: no globals, no environment.
class Context {
 public:
  virtual ~Context() = default;
  /// Lines of the run's log, marked with the plugin's name.
  virtual void info(const std::string& message) const = 0;
  virtual void warn(const std::string& message) const = 0;
  /// A stream of random numbers derived from the experiment's seed; names are the plugin's own.
  virtual RandomStream random(std::string_view name) const = 0;
  virtual torch::Device device() const = 0;
  /// The model's tokenizer; nullptr where it has none.
  virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;
  /// How the experiment file names this plugin, for messages: "task" or "phases.elicit.terms.dpo".
  virtual const std::string& path() const = 0;
};

}  // namespace leakprobe
