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

/// Whether a place is that of a "key=value" on the command line.
bool is_command_line(const Place& place);

/// Of the entries of a mapping under `keys` the one that was set last: on the command line, or in
/// the last file that has the mapping; the first of `keys` where several are. nullptr where there
/// is none.
const Value::Entry* last_set(const Value& mapping, const std::vector<std::string>& keys);

/// For keys of one mapping that exclude `stays`: where those come from that another file, or the
/// command line, brought in, and how to leave them out; "" where all of them stand where it does.
std::string hint_to_leave_out(const Value& mapping, const Value::Entry& stays,
                              const std::vector<std::string>& keys);

}  // namespace leakprobe
