#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/kit/conformance.h"
#include "plugin/registry.h"

namespace leakprobe {

/// Something that was learned of a law; first of each that it is about to be asked.
struct Told {
  std::string options;  ///< the example; "" = the plugin's defaults
  size_t law = 0;       ///< its number among laws_of(kind)
  /// Nothing where it is about to be asked.
  std::optional<kit::Verdict::Outcome> outcome = {};
  std::vector<std::string> reasons = {};
};

/// A plugin, and what it is asked with.
struct Examinee {
  const Registration& registration;
  const Registry& registry;
  std::optional<Value> options = {};  ///< in place of its own examples
  std::shared_ptr<const Tokenizer> tokenizer = nullptr;
  std::filesystem::path folder = {};  ///< where it may put files for its examples
  bool may_use_threads = false;
};

/// Asks all laws of one plugin with each of its examples. Sets LibTorch's state that all share, so
/// that no plugin finds what another one left.
void examine(const Examinee& examinee, const std::function<void(const Told&)>& tell);

}  // namespace leakprobe
