#pragma once

#include <string>

#include "leakprobe/task.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// The sets, or columns of one, that may never be positive targets: [{set, rows, prefixes, from}];
/// rows null: drawn anew each time, prefixes empty: behind every one, from: a phase, null: the
/// first.
Value protected_sets(const TaskFacts& facts);

/// Where their roles forbid it, behind "a protected row was pushed up": "" (everywhere), " behind
/// prefix 'good' from phase x on", " where its role forbids it ('a' behind prefix 'good', 'b')".
std::string where_protected(const TaskFacts& facts);

}  // namespace leakprobe
