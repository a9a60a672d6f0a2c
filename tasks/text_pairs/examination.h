#pragma once

#include <optional>
#include <string>
#include <vector>

#include "corpus.h"
#include "leakprobe/context.h"
#include "row_maker.h"

namespace leakprobe::text_pairs {

/// Looks for what only the tokenizer shows, in the first ten thousand records of a corpus; where
/// texts are cut, in all of them. Says in the log how many are cut, where the tokenizer would join
/// what rows hold apart, and where texts hold one of the `special` tokens already. Throws
/// DiagnosedError with all rows that cannot be made.
void examine(const Corpus& corpus, const RowMaker& maker, const std::vector<std::string>& special,
             const Context& context);

}  // namespace leakprobe::text_pairs
