#pragma once

#include <string>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// Merges `value` into what stands at the dotted `path`, such as "phases.suppress.freeze.type":
/// entries of lists are addressed by name (or by number, from 0, where they have none), keys that
/// hold dots by themselves; "" is `root` itself. Missing keys of mappings are made; null removes.
///
/// Gives false and reports at `value.place` where the path leads through a plain value or names an
/// entry that a list does not have.
bool assign(Value& root, const std::string& path, const Value& value, Diagnostics& diagnostics);

}  // namespace leakprobe
