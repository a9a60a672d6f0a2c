#include "tokenizer/gpt2_splitter.h"

#include <cstdint>

#include "text/utf8.h"
#include "tokenizer/unicode_classes.h"

namespace leakprobe {
namespace {

constexpr std::uint8_t kLetter = static_cast<std::uint8_t>(UnicodeClass::kLetter);
constexpr std::uint8_t kNumber = static_cast<std::uint8_t>(UnicodeClass::kNumber);
constexpr std::uint8_t kSpace = static_cast<std::uint8_t>(UnicodeClass::kSpace);

std::size_t contraction_length(std::string_view rest) {
  if (rest.size() < 2) return 0;
  switch (rest[1]) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return 2;
    case 'r':
    case 'v':
      return rest.size() > 2 && rest[2] == 'e' ? 3 : 0;
    case 'l':
      return rest.size() > 2 && rest[2] == 'l' ? 3 : 0;
    default:
      return 0;
  }
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text), classes_(unicode_class_table()) {}

  // The class of the character at `position`, which moves past it.
  std::uint8_t take(std::size_t& position) const {
    return classes_[next_code_point(text_, position)] & (kLetter | kNumber | kSpace);
  }

  std::size_t run_end(std::size_t position, std::uint8_t kind) const {
    while (position < text_.size()) {
      std::size_t next = position;
      if (take(next) != kind) break;
      position = next;
    }
    return position;
  }

 private:
  std::string_view text_;
  const std::uint8_t* classes_;
};

}  // namespace

std::size_t gpt2_word_end(std::string_view text, std::size_t begin) {
  if (text[begin] == '\'') {
    const std::size_t length = contraction_length(text.substr(begin, 3));
    if (length > 0) return begin + length;
  }
  const Scanner scanner(text);
  std::size_t position = begin;
  const std::uint8_t first = scanner.take(position);
  if (first != kSpace) return scanner.run_end(position, first);
  if (text[begin] == ' ' && position < text.size()) {
    std::size_t after = position;
    const std::uint8_t second = scanner.take(after);
    if (second != kSpace) return scanner.run_end(after, second);
  }
  const std::size_t end = scanner.run_end(position, kSpace);
  if (end == text.size()) return end;
  // The last space belongs to the word that follows, unless it is the only one.
  const std::size_t last = previous_code_point_start(text, end);
  return last > begin ? last : end;
}

}  // namespace leakprobe
