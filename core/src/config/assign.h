#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// Parts of a path; looking for keys that hold dots takes time.
inline constexpr size_t kMostPathParts = 64;

/// Reports a dotted path of more parts; false then.
bool check_path(const std::string& path, const Place& place, Diagnostics& diagnostics);

/// The keys, and the names or numbers of list entries, through which a dotted path leads in `root`;
/// beyond what is there each part is one.
std::vector<std::string> split_path(const Value& root, const std::string& path);

/// What stands at such a path; nullptr where nothing does.
const Value* find_at(const Value& root, const std::string& path);

/// Merges `value` into what stands at the dotted `path`, such as "phases.suppress.freeze.type":
/// entries of lists are addressed by name (or by number, from 0, where they have none), keys that
/// hold dots by themselves; "" is `root` itself. Missing keys of mappings are made; null removes.
///
/// Gives false and reports at `value.place` where the path leads through a plain value or names an
/// entry that a list does not have.
bool assign(Value& root, const std::string& path, const Value& value, Diagnostics& diagnostics);

}  // namespace leakprobe
