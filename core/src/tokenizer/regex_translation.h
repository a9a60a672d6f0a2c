#pragma once

#include <string>
#include <string_view>

namespace leakprobe {

/// A tokenizer's regular expression (Oniguruma's syntax, valid UTF-8) in PCRE2's syntax, with
/// `\p{L}`, `\p{N}` and `\s` and their negations spelt out as Hugging Face's tokenizers has them
/// (unicode_classes.h); every other property stays as it is.
/// Throws Error, `place` first, for what the two syntaxes do not share: it names the construct.
std::string translate_regex(std::string_view pattern, const std::string& place);

}  // namespace leakprobe
