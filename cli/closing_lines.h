#pragma once

#include "leakprobe/host/workbench.h"
#include "terminal.h"

namespace leakprobe::cli {

/// What a run found, in words that a reader of the paper understands: the claim, each gate, the
/// verdict with its reasons, what the ledger says, and where the files lie.
void print_closing_lines(const Terminal& terminal, const host::RunOutcome& outcome);

}  // namespace leakprobe::cli
