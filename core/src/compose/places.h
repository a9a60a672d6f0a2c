#pragma once

#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// Gives the parts of `resolved` that have no place yet those of the same parts of `source`, from
/// which it was read. What the source does not hold keeps none: it is a default. Where the source
/// holds a name and `resolved` what it stands for, the name is put back, so that one path still
/// changes every use.
void graft_places(Value& resolved, const Value& source);

/// The part of `value` at `path` below `base` (both as in diagnostics), or the nearest part above.
const Value& part_at(const Value& value, const std::string& base, const std::string& path);

/// For keys of one mapping that exclude each other: how to leave out those that `extends` brought
/// in from another file; "" where all of them stand in one.
std::string hint_to_leave_out(const Value& mapping, const std::vector<std::string>& keys);

}  // namespace leakprobe
