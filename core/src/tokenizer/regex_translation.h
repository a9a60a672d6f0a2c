#pragma once

#include <string>
#include <string_view>

namespace leakprobe {

/// A tokenizer's regular expression (Oniguruma's syntax, valid UTF-8) in PCRE2's syntax. Classes,
/// properties, \w and the like, and characters where case does not count are spelt out as Hugging
/// Face's tokenizers has them (unicode_properties.h, letter_case.h), so that PCRE2's own tables
/// decide nothing.
/// Throws Error, `place` first, for what the two syntaxes do not share: it names the construct.
std::string translate_regex(std::string_view pattern, const std::string& place);

}  // namespace leakprobe
