#include "tokenizer/unicode_classes.h"

#include <cstddef>
#include <vector>

#include "leakprobe/error.h"
#include "tokenizer/unicode_properties.h"

namespace leakprobe {
namespace {

std::vector<std::uint8_t> build_table() {
  std::vector<std::uint8_t> table(std::size_t{kLastCodePoint} + 1, 0);
  for (UnicodeClass unicode_class :
       {UnicodeClass::kLetter, UnicodeClass::kNumber, UnicodeClass::kSpace, UnicodeClass::kDigit,
        UnicodeClass::kWord, UnicodeClass::kLateMark}) {
    for (const CodePointInterval& interval : code_points_in(unicode_class)) {
      for (std::uint32_t code_point = boost::icl::first(interval);
           code_point <= boost::icl::last(interval); ++code_point) {
        table[code_point] |= static_cast<std::uint8_t>(unicode_class);
      }
    }
  }
  return table;
}

}  // namespace

CodePoints code_points_in(UnicodeClass unicode_class) {
  switch (unicode_class) {
    case UnicodeClass::kLetter:
      return code_points_with("L", true).value();
    case UnicodeClass::kNumber:
      return code_points_with("N", true).value();
    case UnicodeClass::kSpace:
      return code_points_with("space", true).value();
    case UnicodeClass::kDigit:
      return code_points_of_step("digit_step");
    case UnicodeClass::kWord:
      return code_points_of_step("whole_word");
    case UnicodeClass::kLateMark:
      return code_points_of_step("late_mark");
  }
  check_failed(__FILE__, __LINE__, "unknown class of code points");
}

const std::uint8_t* unicode_class_table() {
  static const std::vector<std::uint8_t> table = build_table();
  return table.data();
}

}  // namespace leakprobe
