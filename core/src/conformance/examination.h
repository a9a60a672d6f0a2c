#pragma once

#include <filesystem>
#include <functional>
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

/// Asks all laws of one plugin with each of its examples, or with `options` where they are given.
/// The plugin may put files for them into `folder`. Sets LibTorch's state that all share, so that
/// no plugin finds what another one left.
void examine(const Registration& registration, const Registry& registry,
             const std::optional<Value>& options, const std::filesystem::path& folder,
             bool may_use_threads, const std::function<void(const Told&)>& tell);

}  // namespace leakprobe
