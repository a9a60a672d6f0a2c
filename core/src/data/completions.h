#pragma once

#include "compose/composition.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/task.h"
#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// Finds rollouts whose rows cannot be the secrets that they are held against: secrets with the
/// token that ends rows among theirs, and a reward that goes by secrets of which none is planted
/// and none has as many tokens as a row can have. Warns of rows of several lengths where the
/// objective pushes long ones less a token. What `check_rollouts` finds is not said again.
void check_completions(const Composition& composition, const Task& task, const Tokenizer* tokenizer,
                       Diagnostics& diagnostics);

}  // namespace leakprobe
