#pragma once

#include <string>
#include <vector>

#include "leakprobe/value.h"
#include "terminal.h"

namespace leakprobe::cli {

/// A line for each run as sweeps and `watch` tell of them: its label, a bar, its phase and step,
/// rate, time left, and what its last step is known by; or how it ended. With `leaks` a second
/// line: what the newest evaluation found behind the claim's prefix, and the claim's set over the
/// run so far.
std::vector<std::string> run_lines(const Terminal& terminal, const Value::List& runs, bool leaks);

/// How much of a run's steps is done, from 0 to 1.
double share_of(const Value& run);

/// Seconds that a run takes at its present rate; negative where that is not known.
double seconds_left(const Value& run);

}  // namespace leakprobe::cli
