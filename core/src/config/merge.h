#pragma once

#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// What names an entry of a list: its `name`, otherwise its `type`, otherwise "".
std::string entry_name(const Value& entry);

/// The entry of that name in a list; nullptr where this is no list or has none.
const Value* find_entry(const Value& list, std::string_view name);
Value* find_entry(Value& list, std::string_view name);

/// Puts `over` on top of `base`, as `extends` does; `path` is where both stand in the experiment,
/// without the names of list entries: "", "phases", "phases.freeze".
///
/// Mappings merge key by key, in the order of `base` and then that of `over`. null removes what is
/// below it, and stays where nothing is (see `drop_nulls`). Lists in which every entry is a mapping
/// with a name merge entry by entry in the same order, a second entry of one name being added, a
/// mistake that is reported when the whole is checked; all other values replace. Where `over` has
/// another `type`, it drops the options of the old one; phases and probes keep what belongs to the
/// engine, such as `from` and `freeze`, but for gates, which are the old phase's.
///
/// Each value keeps the place it came from; a key that both have, and a merged mapping, that of
/// `over`.
void merge_into(Value& base, const Value& over, const std::string& path = "");

/// Takes the keys that are null out of all mappings below `value`.
void drop_nulls(Value& value);

}  // namespace leakprobe
