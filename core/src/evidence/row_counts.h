#pragma once

#include <string>

#include "compose/composition.h"
#include "leakprobe/measure.h"

namespace leakprobe {

/// What is to be said of a claim on a number that depends on how many rows it is made of, and that
/// compares cells of different numbers: "claim 'extraction/least' compares ..."; "" of all others.
std::string unequal_rows(const Measurement& claim, const Composition& composition);

}  // namespace leakprobe
