#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "compose/measurements.h"

namespace leakprobe {

/// The claim that `value`, at `path` of the experiment, makes; `resolved` gets it with every
/// default. Nothing where something was wrong: then it has been reported.
std::optional<Measurement> compose_claim(const Value& value, const std::string& path,
                                         const MeasurementContext& context, Value& resolved);
/// The claims of `list`, the value under `claims:`, each with a name of its own.
std::vector<Measurement> compose_claims(const Value& list, const MeasurementContext& context,
                                        Value& resolved);

/// The claim of a resolved experiment that decides how its run ends; nullptr where it makes none.
const Value* first_claim(const Value& experiment);

/// Whether the value under `claims:` holds at least one; reported where not.
bool check_claims_list(const Value& list, Reader& reader);

/// Reports what is wrong with a claim's keys and types alone.
void check_claim_form(const Value& value, const std::string& path, Reader& reader);

/// The keys of a claim.
const Parameters& claim_parameters();
/// JSON Schema of a claim.
Value claim_schema();

}  // namespace leakprobe
