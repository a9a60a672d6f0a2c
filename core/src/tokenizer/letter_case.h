#pragma once

#include <string_view>

#include "tokenizer/code_points.h"

/// Which characters are one in a tokenizer's regular expression where case does not count, as
/// Hugging Face's tokenizers has it.
namespace leakprobe {

/// The set with all characters that equal one of its own.
CodePoints with_other_cases(const CodePoints& members);

/// Whether the character equals several together, as U+00DF equals "ss".
bool folds_to_several(char32_t character);
bool holds_one_that_folds_to_several(const CodePoints& members);

/// Whether several characters at the end of a text equal one that folds_to_several().
bool ends_in_a_folding(std::u32string_view text);

}  // namespace leakprobe
