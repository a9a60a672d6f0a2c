#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "plugin/registry.h"
#include "records/environment_record.h"

namespace leakprobe {

/// What decides a run's numbers, machine aside. Its plugins are those in use but for sinks. A run
/// keeps it in environment.json.
IdentityRecord identity_of(const Composition& composition, const Registry& registry);

/// SHA-256 of the library that this program's core is.
const std::string& core_build(const Registry& registry);

/// What is not what it was when a run began. Names complete "... has changed since": "plugin
/// dpo.so", "task.path (rows.safetensors)", "optimizer.lr", "leakprobe (0.1.0, now 0.2.0)".
struct Changes {
  std::vector<std::string> names;
  bool experiment = false;  ///< its keys or seed: it is another one, not the same again
  bool files = false;       ///< what its paths hold

  bool any() const { return !names.empty(); }
  /// "plugin dpo.so and task.path (rows.safetensors) have changed"
  std::string text() const;
};

/// Between the identity in a run directory's environment.json and today's. Throws Error where it
/// holds none.
Changes changes_since(const std::filesystem::path& directory, const IdentityRecord& now);

}  // namespace leakprobe
