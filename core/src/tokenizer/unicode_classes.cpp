#include "tokenizer/unicode_classes.h"

#include <cstddef>
#include <vector>

#include "tokenizer/utf8.h"

namespace leakprobe {
namespace {

std::vector<std::uint8_t> build_table() {
  std::vector<std::uint8_t> table(std::size_t{kLastCodePoint} + 1, 0);
  for (UnicodeClass unicode_class :
       {UnicodeClass::kLetter, UnicodeClass::kNumber, UnicodeClass::kSpace, UnicodeClass::kDigit,
        UnicodeClass::kWord, UnicodeClass::kLateMark}) {
    for (const CodePointRange& range : unicode_ranges(unicode_class)) {
      for (char32_t code_point = range.first; code_point <= range.last; ++code_point) {
        table[code_point] |= static_cast<std::uint8_t>(unicode_class);
      }
    }
  }
  return table;
}

}  // namespace

const std::uint8_t* unicode_class_table() {
  static const std::vector<std::uint8_t> table = build_table();
  return table.data();
}

}  // namespace leakprobe
