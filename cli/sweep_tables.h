#pragma once

#include <string>

#include "leakprobe/value.h"
#include "terminal.h"

namespace leakprobe::cli {

/// "40 runs, 12 of them complete; 2 at once with 1 thread each, in <folder>"
std::string sweep_plan_line(const Value& plan);

/// What `sweep --list` shows: each run, how far it is, where it lies, and what it shares.
void print_sweep_plan(const Terminal& terminal, const Value& plan);

/// What a sweep found: each run with its verdict and effect, then those that failed with their
/// reason and log.
void print_sweep_outcome(const Terminal& terminal, const Value& outcome);

}  // namespace leakprobe::cli
