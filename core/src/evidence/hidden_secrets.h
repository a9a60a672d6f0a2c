#pragma once

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/task.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// Warns of rows of fixed sets that a composition pushes up and whose text holds a protected secret
/// in other tokens, for which the ledger does not look. The first hundred thousand rows are read.
void check_hidden_secrets(const Composition& composition, const Task& task,
                          const Tokenizer& tokenizer, Diagnostics& diagnostics);

}  // namespace leakprobe
