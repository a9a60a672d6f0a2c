#pragma once

#include <vector>

#include "leakprobe/host/workbench.h"
#include "plugin/registry.h"

namespace leakprobe::host {

/// What the parts of the Workbench share.
struct Workbench::State {
  Settings settings;
  Registry registry;
  std::vector<PluginFailure> failures;
};

}  // namespace leakprobe::host
