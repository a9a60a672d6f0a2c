#pragma once

#include <optional>
#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// One place in which two resolved experiments differ; null = not there.
struct Difference {
  std::string path;  ///< "phases.suppress.freeze.type", list entries by their names
  Value first, second;
};

/// Where two resolved experiments differ, but for what their digests leave out (see
/// compose/digest.h); also in the builds of the plugins that both use, where they have them under
/// "build".
std::vector<Difference> differences(const Value& first, const Value& second);

/// The value at a path as `differences` gives it; null where there is none.
Value value_at(const Value& experiment, const std::string& path);

/// Sets it, where the path leads somewhere.
void set_value_at(Value& experiment, const std::string& path, Value value);

/// What runs must not be averaged over unknowingly: "compute", "optimizer" (with the schedule),
/// "data" or "build", as `--pool` names them. Empty where `path` belongs to none of these.
std::string pooled_kind(const std::string& path);
const std::vector<std::string>& pooled_kinds();

/// "phases.suppress.freeze.type is 'upper_layers' or 'none'"
std::string text_of(const Difference& difference);

}  // namespace leakprobe
