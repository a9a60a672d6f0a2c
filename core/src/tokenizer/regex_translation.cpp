#include "tokenizer/regex_translation.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "leakprobe/error.h"
#include "text/quote.h"
#include "text/utf8.h"
#include "tokenizer/code_points.h"
#include "tokenizer/letter_case.h"
#include "tokenizer/unicode_properties.h"

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

/// The property that an escape such as \d or \D is about, as \p{...} names it.
std::string_view property_of_escape(char letter) {
  switch (letter) {
    case 's':
    case 'S':
      return "space";
    case 'd':
    case 'D':
      return "digit";
    case 'w':
    case 'W':
      return "word";
    case 'h':
    case 'H':
      return "xdigit";
    default:
      return "";
  }
}

class Translation {
 public:
  Translation(std::string_view pattern, const std::string& place)
      : pattern_(pattern), place_(place) {}

  std::string run() {
    while (position_ < pattern_.size()) {
      const char c = pattern_[position_];
      if (c == '[') {
        copy_class();
      } else if (c == '(') {
        open_group();
      } else if (c == ')') {
        close_group();
      } else if (c == '{') {
        copy_interval();
      } else if (std::string_view("|*+?^$.").find(c) != std::string_view::npos) {
        literals_.clear();
        copy(1);
      } else if (follows("\\A") || follows("\\z")) {
        literals_.clear();
        copy(2);
      } else if (const auto set = take_set(false)) {
        literals_.clear();
        append_set(*set, false);
      } else {
        copy_literal();
      }
    }
    close_options();
    return std::move(out_);
  }

 private:
  /// What a parenthesis opened.
  struct Group {
    bool ignores_case = false;
    std::size_t open_options = 0;  ///< groups opened here for (?i), which end where this one does
  };

  [[noreturn]] void refuse(std::size_t length, const std::string& what = "") const {
    throw Error(place_ + ": " + quote(pattern_.substr(position_, length)) + " at byte " +
                std::to_string(position_) + " of the regular expression is not supported" + what +
                ": use a tokenizer without it");
  }

  bool follows(std::string_view text) const { return pattern_.substr(position_).starts_with(text); }
  bool ignores_case() const { return groups_.back().ignores_case; }

  void copy(std::size_t length) {
    out_.append(pattern_.substr(position_, length));
    position_ += length;
  }

  void append_set(const CodePoints& members, bool negated) {
    // No valid text holds them, and PCRE2 refuses to hear of them.
    static const CodePointInterval kSurrogates(0xD800, 0xDFFF);
    const CodePoints kept = members - kSurrogates;
    if (kept.empty()) {
      out_.append(negated ? "(?s:.)" : "(?!)");
      return;
    }
    out_.append(negated ? "[^" : "[");
    for (const CodePointInterval& interval : kept) {
      append_hexadecimal(out_, boost::icl::first(interval));
      if (boost::icl::first(interval) == boost::icl::last(interval)) continue;
      out_.push_back('-');
      append_hexadecimal(out_, boost::icl::last(interval));
    }
    out_.push_back(']');
  }

  /// \p{...}, \P{...}, \s and the like, where one follows.
  std::optional<CodePoints> take_set(bool in_class) {
    const std::string_view rest = pattern_.substr(position_);
    if (rest.size() < 2 || rest[0] != '\\') return std::nullopt;
    bool negated = rest[1] >= 'A' && rest[1] <= 'Z';
    std::string_view name = property_of_escape(rest[1]);
    std::size_t length = 2;
    if (rest[1] == 'p' || rest[1] == 'P') {
      if (!rest.substr(2).starts_with('{')) refuse(2);
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) refuse(3);
      length = end + 1;
      name = rest.substr(3, end - 3);
      if (name.starts_with('^')) {
        negated = !negated;
        name.remove_prefix(1);
      }
    } else if (name.empty()) {
      return std::nullopt;
    }
    const std::optional<CodePoints> members = code_points_with(name, in_class);
    if (!members) refuse(length);
    position_ += length;
    return negated ? others(*members) : *members;
  }

  /// One character that stands for itself or is escaped.
  char32_t take_character() {
    if (pattern_[position_] != '\\') return next_code_point(pattern_, position_);
    if (position_ + 1 >= pattern_.size()) refuse(1);
    const char c = pattern_[position_ + 1];
    if (c == 'x' || c == 'u') return take_hexadecimal(c);
    constexpr std::string_view kNames = "nrtfaev";
    constexpr std::string_view kCharacters = "\n\r\t\f\a\x1B\v";
    if (const std::size_t at = kNames.find(c); at != std::string_view::npos) {
      position_ += 2;
      return static_cast<char32_t>(kCharacters[at]);
    }
    if (is_letter(c) || is_digit(c)) refuse(2);
    ++position_;
    return next_code_point(pattern_, position_);
  }

  char32_t take_hexadecimal(char kind) {
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
    const bool is_code_point = value <= kLastCodePoint && (value < 0xD800 || value > 0xDFFF);
    if (error != std::errc() || end != digits.data() + digits.size() || is_part || !is_code_point) {
      refuse(length);
    }
    position_ += length;
    return value;
  }

  void copy_literal() {
    const std::size_t begin = position_;
    const char32_t character = take_character();
    const std::size_t length = position_ - begin;
    CodePoints equals;
    equals.add(character);
    if (ignores_case()) {
      literals_.push_back(character);
      if (folds_to_several(character) || ends_in_a_folding(literals_)) {
        position_ = begin;
        refuse(length, ", where case does not count, because one character stands for several");
      }
      equals = with_other_cases(equals);
    } else {
      literals_.clear();
    }
    if (boost::icl::cardinality(equals) > 1) {
      append_set(equals, false);
    } else if (pattern_[begin] == '\\' && is_letter(pattern_[begin + 1])) {
      append_hexadecimal(out_, character);
    } else {
      out_.append(pattern_.substr(begin, length));
    }
  }

  void copy_class() {
    literals_.clear();
    const std::size_t begin = position_;
    ++position_;
    const bool negated = follows("^");
    if (negated) ++position_;
    if (follows("]")) refuse(1);
    CodePoints members;
    bool after_set = true;  // a hyphen here stands for itself
    while (position_ < pattern_.size() && pattern_[position_] != ']') {
      if (follows("&&")) refuse(2);
      if (const auto set = follows("[") ? take_bracket() : take_set(true)) {
        members += *set;
        after_set = true;
      } else if (follows("--")) {
        refuse(2);  // what it means depends on what stands around it
      } else if (follows("-") && after_set) {
        members.add(static_cast<std::uint32_t>('-'));
        ++position_;
        after_set = false;
      } else {
        const std::size_t at = position_;
        const char32_t first = take_character();
        members.add(CodePointInterval(first, range_end(first, at)));
        after_set = false;
      }
    }
    if (position_ == pattern_.size()) {
      throw Error(place_ + ": the regular expression has '[' without ']': correct it");
    }
    ++position_;
    if (ignores_case()) {
      if (!negated && holds_one_that_folds_to_several(members)) {
        const std::size_t length = position_ - begin;
        position_ = begin;
        refuse(length, ", where case does not count, because one character stands for several");
      }
      members = with_other_cases(members);
    }
    append_set(members, negated);
  }

  /// The last character of the range that `first`, taken at byte `at`, begins.
  char32_t range_end(char32_t first, std::size_t at) {
    if (!follows("-") || position_ + 1 >= pattern_.size()) return first;
    const char after = pattern_[position_ + 1];
    if (after == ']' || after == '[' || set_follows_hyphen()) return first;
    ++position_;
    const char32_t last = take_character();
    if (last >= first) return last;
    throw Error(place_ + ": the range " + quote(pattern_.substr(at, position_ - at)) + " at byte " +
                std::to_string(at) + " of the regular expression is backwards: correct it");
  }

  bool set_follows_hyphen() const {
    const std::string_view rest = pattern_.substr(position_ + 1);
    if (rest.size() < 2 || rest[0] != '\\') return false;
    return std::string_view("sSpPdDwWhH").find(rest[1]) != std::string_view::npos;
  }

  /// [:alpha:] or [:^alpha:] within a class.
  CodePoints take_bracket() {
    const std::string_view rest = pattern_.substr(position_);
    const std::size_t end = rest.find(":]");
    if (!rest.starts_with("[:") || end == std::string_view::npos) refuse(1);
    std::string_view name = rest.substr(2, end - 2);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    const std::optional<CodePoints> members = code_points_in_bracket(name);
    if (!members) refuse(1);
    position_ += end + 2;
    return negated ? others(*members) : *members;
  }

  void open_group() {
    // (?i) holds to the end of the group around it, past every '|'.
    for (const auto& [option, ignores] : {std::pair{"(?i)", true}, {"(?-i)", false}}) {
      if (!follows(option)) continue;
      literals_.clear();
      out_.append("(?:");
      position_ += std::string_view(option).size();
      groups_.back().ignores_case = ignores;
      ++groups_.back().open_options;
      return;
    }
    Group group{ignores_case(), 0};
    for (const auto& [option, ignores] : {std::pair{"(?i:", true}, {"(?-i:", false}}) {
      if (!follows(option)) continue;
      out_.append("(?:");
      position_ += std::string_view(option).size();
      group.ignores_case = ignores;
      groups_.push_back(group);
      return;
    }
    std::size_t length = 1;
    for (std::string_view start : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"}) {
      if (follows(start)) length = start.size();
    }
    if (length == 1 && (follows("(?") || follows("(*"))) refuse(3);
    copy(length);
    groups_.push_back(group);
  }

  void close_options() {
    out_.append(groups_.back().open_options, ')');
    groups_.back().open_options = 0;
  }

  void close_group() {
    if (groups_.size() == 1) {
      throw Error(place_ + ": the regular expression has ')' without '(' at byte " +
                  std::to_string(position_) + ": correct it");
    }
    close_options();
    groups_.pop_back();
    copy(1);
  }

  void copy_interval() {
    literals_.clear();
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
  std::vector<Group> groups_{1};  ///< those that are open, around them all the pattern itself
  std::u32string literals_;       ///< characters that follow each other where case does not count
  std::string out_;
};

}  // namespace

std::string translate_regex(std::string_view pattern, const std::string& place) {
  require_utf8(pattern, place);
  return Translation(pattern, place).run();
}

}  // namespace leakprobe
