#pragma once

#include <cstdint>

#include "compose/composition.h"
#include "leakprobe/value.h"
#include "plugin/registry.h"

namespace leakprobe {

/// environment.json: program, plugin libraries with their SHA-256, LibTorch, processor, threads,
/// compute type, and the run's identity (see identity.h).
Value environment_report(const Composition& composition, const Registry& registry);

/// Threads that a run computes with: the composition's, or default_threads().
int64_t threads_of(const Composition& composition);

/// What a resumed run must find unchanged, because other values give other bits: LibTorch's
/// version, the processor capability and the library of f32 products that it uses, threads,
/// compute type, whether probes' products are split, GPU and its libraries.
Value circumstances(const Composition& composition);

}  // namespace leakprobe
