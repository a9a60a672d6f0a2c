#pragma once

#include <optional>
#include <string_view>

#include "tokenizer/code_points.h"

namespace leakprobe {

/// The code points with a property of a tokenizer's regular expression, as Hugging Face's
/// tokenizers has them: their Unicode version is not that of other libraries. All names that
/// Oniguruma takes in `\p{...}` are known: general categories, scripts, blocks, derived properties
/// and their short names. Case, blanks, '-' and '_' do not count. Nothing for any other name.
/// `in_class`: as in `[\p{...}]`; outside of a class \w and \p{word} take some fractions as well.
std::optional<CodePoints> code_points_with(std::string_view property, bool in_class);

/// The same for the name in a POSIX bracket, such as "alpha" of `[[:alpha:]]`.
std::optional<CodePoints> code_points_in_bracket(std::string_view name);

/// The same for a class that is no property: "digit_step", "whole_word" or "late_mark" (see
/// UnicodeClass).
CodePoints code_points_of_step(std::string_view name);

}  // namespace leakprobe
