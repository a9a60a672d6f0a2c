#pragma once

#include <optional>

#include "compose/composition.h"
#include "compose/measurements.h"

namespace leakprobe {

/// The claim that `value`, under `claim:`, makes; `resolved` gets it with every default. Nothing
/// where something was wrong: then it has been reported.
std::optional<Measurement> compose_claim(const Value& value, const MeasurementContext& context,
                                         Value& resolved);

/// Reports what is wrong with the claim's keys and types alone.
void check_claim_form(const Value& value, Reader& reader);

/// JSON Schema of a claim.
Value claim_schema();

}  // namespace leakprobe
