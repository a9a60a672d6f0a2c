#pragma once

#include <cstdint>

#include "tokenizer/code_points.h"

namespace leakprobe {

/// The classes of code points that decide how text is normalised and split before it is tokenised.
enum class UnicodeClass : std::uint8_t {
  kLetter = 1,  ///< `\p{L}` of a pre-tokenizer's regular expression
  kNumber = 2,  ///< `\p{N}` of a pre-tokenizer's regular expression
  kSpace = 4,   ///< `\s` of a pre-tokenizer's regular expression, and what lstrip and rstrip take
  kDigit = 8,   ///< what the Digits pre-tokenizer takes for a digit
  kWord = 16,   ///< what an added token with single_word must not touch
  kLateMark = 32,  ///< combining marks that the NFC normaliser does not know and leaves in place
};

/// The code points of a class, as Hugging Face's tokenizers has them (its Unicode versions differ
/// from those of the libraries in use here, and from each other).
CodePoints code_points_in(UnicodeClass unicode_class);

/// The classes of every code point, one byte each: a sum of UnicodeClass values.
const std::uint8_t* unicode_class_table();

/// Whether a code point, at most U+10FFFF, is in a class.
inline bool is_in_class(char32_t code_point, UnicodeClass unicode_class) {
  return (unicode_class_table()[code_point] & static_cast<std::uint8_t>(unicode_class)) != 0;
}

}  // namespace leakprobe
