#pragma once

#include <string>

#include "leakprobe/value.h"

/// Words for what a claim measures. `scale` says what its numbers are: unit, direction and chance
/// (or above_chance), as the claim of a result and the group of a report have them.
namespace leakprobe::cli {

/// What a difference is: "nats per token", "log2 rank, smaller is more leak", "as measured" where
/// nobody says a unit.
std::string unit_words(const Value& scale);
/// What one side is: "nats per token against chance".
std::string level_words(const Value& scale);
/// At the head of a column: "nats", "bits", "value" where nobody says a unit.
std::string unit_heading(const Value& scale);

/// At the head of a column with one side of each of these: "leak" above a level of chance, "value"
/// where there is none, "level" where a smaller one is more leak or they differ.
std::string level_heading(const Value::List& scales);

bool is_log_probability(const Value& scale);
bool has_chance(const Value& scale);

/// "Set 'held_out' behind prefix 'reverse', at its maximum over phase elicit (likelihood, nats per
/// token against chance)"
std::string claim_words(const Value& claim, const Value& scale);

}  // namespace leakprobe::cli
