#pragma once

#include <string>

#include "leakprobe/value.h"

namespace leakprobe::cli {

/// What a claim measures: "Set 'held_out' behind prefix 'reverse', at its maximum over phase elicit
/// (likelihood, nats per token against chance)"; `chance` is whether a level of chance was taken
/// off.
std::string claim_words(const Value& claim, bool chance);

}  // namespace leakprobe::cli
