#pragma once

#include <string>

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/stream.h"

namespace leakprobe {

/// The random stream of a column's fresh rows; `label` names a stream that has no name, by its
/// phase and term.
std::string fresh_name(const Stream& stream, const std::string& label, const StreamColumn& column);

/// Reports two streams whose fresh rows would be the same, because a stream under `streams:` and a
/// column of it are called like a phase and its term.
void check_fresh_names(const Composition& composition, Diagnostics& diagnostics);

}  // namespace leakprobe
