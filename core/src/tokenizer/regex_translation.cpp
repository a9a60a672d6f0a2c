#include "tokenizer/regex_translation.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

#include "format/quote.h"
#include "leakprobe/error.h"
#include "tokenizer/unicode_classes.h"
#include "tokenizer/utf8.h"

namespace leakprobe {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void append_hexadecimal(std::string& out, char32_t code_point) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 static_cast<unsigned>(code_point), 16)
                       .ptr;
  out.append("\\x{").append(digits.data(), end).append("}");
}

void append_range(std::string& out, char32_t first, char32_t last) {
  append_hexadecimal(out, first);
  if (first == last) return;
  out.push_back('-');
  append_hexadecimal(out, last);
}

std::string class_items(UnicodeClass unicode_class, bool negated) {
  std::string items;
  char32_t next = 0;
  for (const CodePointRange& range : unicode_ranges(unicode_class)) {
    if (!negated) {
      append_range(items, range.first, range.last);
    } else if (range.first > next) {
      append_range(items, next, range.first - 1);
    }
    next = range.last + 1;
  }
  if (negated) append_range(items, next, kLastCodePoint);
  return items;
}

class Translation {
 public:
  Translation(std::string_view pattern, const std::string& place)
      : pattern_(pattern), place_(place) {}

  std::string run() {
    while (position_ < pattern_.size()) {
      const char c = pattern_[position_];
      if (c == '\\') {
        copy_escape();
      } else if (c == '[') {
        copy_class();
      } else if (c == '(') {
        copy_group();
      } else if (c == '{') {
        copy_interval();
      } else {
        copy(1);
      }
    }
    return std::move(out_);
  }

 private:
  struct ClassEscape {
    UnicodeClass unicode_class;
    bool negated;
    std::size_t length;
  };

  [[noreturn]] void refuse(std::size_t length) const {
    throw Error(place_ + ": " + quote(pattern_.substr(position_, length)) + " at byte " +
                std::to_string(position_) +
                " of the regular expression is not supported: use a tokenizer without it");
  }

  bool follows(std::string_view text) const { return pattern_.substr(position_).starts_with(text); }

  void copy(std::size_t length) {
    out_.append(pattern_.substr(position_, length));
    position_ += length;
  }

  std::optional<ClassEscape> class_escape() const {
    if (follows("\\s")) return ClassEscape{UnicodeClass::kSpace, false, 2};
    if (follows("\\S")) return ClassEscape{UnicodeClass::kSpace, true, 2};
    const std::string_view rest = pattern_.substr(position_);
    if (!rest.starts_with("\\p{") && !rest.starts_with("\\P{")) return std::nullopt;
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view name = rest.substr(3, end - 3);
    bool negated = rest[1] == 'P';
    if (name.starts_with('^')) {
      negated = !negated;
      name.remove_prefix(1);
    }
    if (name == "L") return ClassEscape{UnicodeClass::kLetter, negated, end + 1};
    if (name == "N") return ClassEscape{UnicodeClass::kNumber, negated, end + 1};
    return std::nullopt;
  }

  void copy_escape() {
    if (const auto escape = class_escape()) {
      out_.append(escape->negated ? "[^" : "[");
      out_.append(class_items(escape->unicode_class, false));
      out_.push_back(']');
      position_ += escape->length;
      return;
    }
    if (follows("\\A") || follows("\\z")) {
      copy(2);
      return;
    }
    copy_plain_escape();
  }

  // Escapes that mean one character, or a set, inside and outside a class.
  void copy_plain_escape() {
    if (position_ + 1 >= pattern_.size()) refuse(1);
    const char c = pattern_[position_ + 1];
    if (c == 'v') {
      out_.append("\\x{b}");
      position_ += 2;
    } else if (c == 'p' || c == 'P') {
      const std::size_t end = pattern_.find('}', position_);
      if (!follows({"\\p{", 3}) && !follows({"\\P{", 3})) refuse(2);
      if (end == std::string_view::npos) refuse(3);
      copy(end + 1 - position_);
    } else if (c == 'x' || c == 'u') {
      copy_hexadecimal(c);
    } else if (std::string_view("nrtfaedD").find(c) != std::string_view::npos) {
      copy(2);
    } else if (is_letter(c) || is_digit(c)) {
      refuse(2);
    } else {
      copy(1);
      std::size_t after = position_;
      next_code_point(pattern_, after);
      copy(after - position_);
    }
  }

  void copy_hexadecimal(char kind) {
    std::string_view digits;
    std::size_t length = 0;
    if (kind == 'x' && follows("\\x{")) {
      const std::size_t end = pattern_.find('}', position_);
      if (end == std::string_view::npos) refuse(3);
      digits = pattern_.substr(position_ + 3, end - position_ - 3);
      length = end + 1 - position_;
    } else {
      digits = pattern_.substr(position_ + 2, kind == 'x' ? 2 : 4);
      length = 2 + digits.size();
      if (digits.size() != (kind == 'x' ? 2u : 4u)) refuse(length);
    }
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    // Two digits are one byte there, which above 0x7F is no character of its own.
    const bool is_part = kind == 'x' && !follows("\\x{") && value > 0x7F;
    if (error != std::errc() || end != digits.data() + digits.size() || is_part) refuse(length);
    append_hexadecimal(out_, value);
    position_ += length;
  }

  void copy_class() {
    copy(1);
    if (follows("^")) copy(1);
    if (follows("]")) refuse(1);
    bool after_set = true;  // a hyphen here stands for itself
    while (position_ < pattern_.size() && pattern_[position_] != ']') {
      if (follows("[") || follows("&&")) refuse(follows("[") ? 1 : 2);
      if (const auto escape = class_escape()) {
        out_.append(class_items(escape->unicode_class, escape->negated));
        position_ += escape->length;
        after_set = true;
      } else if (follows("-") && (after_set || set_follows_hyphen())) {
        out_.append("\\-");
        position_ += 1;
        after_set = false;
      } else if (follows("\\")) {
        const bool is_set = follows("\\p") || follows("\\P") || follows("\\d") || follows("\\D");
        copy_plain_escape();
        after_set = is_set;
      } else {
        copy(1);
        after_set = false;
      }
    }
    if (position_ == pattern_.size()) {
      throw Error(place_ + ": the regular expression has '[' without ']': correct it");
    }
    copy(1);
  }

  bool set_follows_hyphen() const {
    const std::string_view rest = pattern_.substr(position_ + 1);
    if (rest.size() < 2 || rest[0] != '\\') return false;
    return std::string_view("sSpPdD").find(rest[1]) != std::string_view::npos;
  }

  void copy_group() {
    for (std::string_view start : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!", "(?i:"}) {
      if (follows(start)) {
        copy(start.size());
        return;
      }
    }
    if (follows("(?") || follows("(*")) refuse(3);
    copy(1);
  }

  void copy_interval() {
    std::size_t end = position_ + 1;
    const std::size_t digits_begin = end;
    while (end < pattern_.size() && is_digit(pattern_[end])) ++end;
    const bool has_minimum = end > digits_begin;
    if (end < pattern_.size() && pattern_[end] == ',') {
      ++end;
      while (end < pattern_.size() && is_digit(pattern_[end])) ++end;
    }
    if (!has_minimum || end == pattern_.size() || pattern_[end] != '}') refuse(1);
    ++end;
    // There "{1,3}+" repeats the interval, here it would forbid going back into it.
    if (end < pattern_.size() && pattern_[end] == '+') refuse(end + 1 - position_);
    copy(end - position_);
  }

  std::string_view pattern_;
  const std::string& place_;
  std::size_t position_ = 0;
  std::string out_;
};

}  // namespace

std::string translate_regex(std::string_view pattern, const std::string& place) {
  require_utf8(pattern, place);
  return Translation(pattern, place).run();
}

}  // namespace leakprobe
