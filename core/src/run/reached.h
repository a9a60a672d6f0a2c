#pragma once

#include <cstddef>
#include <cstdint>

#include "compose/composition.h"
#include "format/json.h"

namespace leakprobe {

/// Throws Error unless the ledger and the evidence of a saved state are those of a run that goes on
/// in phase number `phase` with `step`: they count each phase and step up to there and none beyond,
/// with what each term trained on and each probe measured.
void require_reached(const Composition& composition, size_t phase, int64_t step,
                     const JsonValue& ledger, const JsonValue& evidence);

}  // namespace leakprobe
