#pragma once

#include <cstdint>
#include <string>

#include "compose/scale.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// Version of result.json. Since 2 a claim says what its numbers are: unit, direction,
/// log_probability, chance; and why something is null: undefined.
inline constexpr int64_t kResultVersion = 2;

/// Completes the claim of a result, with set, minus and, where it was measured, leak, control_leak
/// and effect, by what they mean on their scale: its keys, relative_increase, leaks, conclusion
/// (one sentence), and undefined: {key: why it is null}.
void complete_claim(Value& claim, const Scale& scale);

/// What a run whose verdict is not VALID concludes: nothing, whatever its claim measured.
void withdraw_conclusion(Value& claim);

/// A result as the present version has it. Version 1 knew log-probabilities alone, and chance only
/// where a task had one: of others the unit is not known.
Value current_result(Value result);

/// What a claim's set is compared with, as part of a sentence: "control", "the same in phase x".
std::string comparison_of(const Value& claim);

}  // namespace leakprobe
