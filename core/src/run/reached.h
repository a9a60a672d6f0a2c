#pragma once

#include <cstddef>
#include <cstdint>

#include "compose/composition.h"
#include "evidence/evidence.h"
#include "leakprobe/diagnostic.h"
#include "records/ledger_record.h"

namespace leakprobe {

/// Throws Error unless the ledger and the evidence of a saved state are those of a run that goes on
/// in phase number `phase` with `step`: they count each phase and step up to there and none beyond,
/// with what each term trained on and each probe measured. `place`: where the evidence was read.
void require_reached(const Composition& composition, size_t phase, int64_t step,
                     const LedgerRecord& ledger, const Evidence& evidence, const Place& place);

}  // namespace leakprobe
