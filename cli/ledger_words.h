#pragma once

#include <string>

#include "leakprobe/value.h"

namespace leakprobe::cli {

/// What the ledger proves, in a sentence or two; `ledger` has protected_rows, declared_positive,
/// pushed_up_steps, steps and inherited_steps.
std::string ledger_words(const Value& ledger);

}  // namespace leakprobe::cli
