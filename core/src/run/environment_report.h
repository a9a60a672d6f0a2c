#pragma once

#include <cstdint>

#include "compose/composition.h"
#include "plugin/registry.h"
#include "records/environment_record.h"

namespace leakprobe {

/// Program, plugin libraries with their SHA-256, machine and the run's identity (see identity.h).
EnvironmentRecord environment_report(const Composition& composition, const Registry& registry);

/// Threads that a run computes with: the composition's, or default_threads().
int64_t threads_of(const Composition& composition);

Circumstances circumstances(const Composition& composition);

}  // namespace leakprobe
