#pragma once

#include <cstdint>
#include <string_view>

/// What tools/unicode_classes.py found out, as text. Numbers are written in base 32 with the digits
/// 0-9 A-V, the least first; each but the last of a number stands 32 characters further on in
/// 0-9 A-Z a-z + -.
namespace leakprobe::unicode_tables {

/// The names of set 0, of set 1 and so on, '|' between sets and ' ' between names of one set. In
/// lower case, without blanks: \p{...}; "[:name:]": a POSIX bracket; "name_alone": \p{name} outside
/// of a class, where that differs; any other with '_': a class of its own.
extern const std::string_view kNames;

/// A layer says of each code point, from 0 on, which sets it is in: runs of (length, kind), and for
/// each kind (how many sets, their numbers...). A set is in one layer.
extern const std::string_view kKindRuns, kKindKinds, kScriptRuns, kScriptKinds, kBlockRuns,
    kBlockKinds, kOwnRuns, kOwnKinds;

/// Characters that equal a lesser one where case does not count: runs of (first, how many, step,
/// distance to the least that each of them equals).
extern const std::string_view kCaseRuns;

/// Characters that equal several together where case does not count: (character, how many,
/// characters...).
extern const std::string_view kFoldings;

/// Reads such numbers one after the other.
class Numbers {
 public:
  explicit Numbers(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }

  /// Must not be at its end.
  std::uint32_t next() {
    std::uint32_t number = 0;
    for (unsigned shift = 0;; shift += 5) {
      const std::uint32_t digit = value_of(text_.front());
      text_.remove_prefix(1);
      number |= (digit % 32) << shift;
      if (digit < 32) return number;
    }
  }

 private:
  static std::uint32_t value_of(char digit) {
    constexpr std::string_view kDigits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-";
    return static_cast<std::uint32_t>(kDigits.find(digit));
  }

  std::string_view text_;
};

}  // namespace leakprobe::unicode_tables
