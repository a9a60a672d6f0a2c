#pragma once

#include <string>
#include <vector>

#include "leakprobe/value.h"
#include "plugin/registry.h"

namespace leakprobe {

/// What stands under a key of an experiment, such as "device", "claim.set", "phases.optimizer",
/// "phases.elicit.steps" or "phases[0].steps": names and numbers of entries may be left out. An
/// option of several plugins is said of each; "keys" means all keys of the engine.
///     [{path, of: "kind/name" of the plugin whose option it is | "", and what parameters_value
///      gives of a parameter, plugins: ["kind/name"] that may stand there}]
/// Empty where there is none.
Value describe_keys(const Registry& registry, const std::string& path);

/// The keys that a person may have misspelt, as paths.
std::vector<std::string> key_names(const Registry& registry);

}  // namespace leakprobe
