#pragma once

#include <vector>

#include "config/overrides.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

/// What the command line sets, it sets once, and a sweep leaves it alone: otherwise it would be
/// written on the command line and hold in no run.
namespace leakprobe {

/// Reports where `next`, which was merged into `experiment` just now, sets what one of the
/// `earlier` overrides set, a part of it or what it is a part of, or takes it away; false then. One
/// that `extends` sets nothing of its own.
bool check_against_earlier(const Override& next, bool extends, const std::vector<Override>& earlier,
                           const Value& experiment, Diagnostics& diagnostics);

/// Reports overrides of what an axis of the experiment's `sweep` sets in its runs.
void check_sweep_against(const std::vector<Override>& overrides, const Value& experiment,
                         Diagnostics& diagnostics);

}  // namespace leakprobe
