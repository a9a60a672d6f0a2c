#pragma once

#include <vector>

#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"

namespace leakprobe::host {

/// What the parts of the Workbench share.
struct Workbench::State {
  Settings settings;
  Registry registry;
  std::vector<PluginFailure> failures;

  /// Throws UsageError where a path that somebody named holds no plugins that can be used.
  void require_named_plugins() const {
    try {
      registry.require_named();
    } catch (const Error& unfit) {
      throw UsageError(unfit.what());
    }
  }
};

}  // namespace leakprobe::host
