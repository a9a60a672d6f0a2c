#pragma once

#include <pcre2.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// A part of a text, found by a pattern or lying between two finds.
struct PatternSpan {
  std::size_t begin;
  std::size_t end;
  bool is_match;
};

/// A compiled pattern of a pre-tokenizer; may be used by several threads at once.
class Regex {
 public:
  /// Compiles a regular expression in the tokenizers' syntax (regex_translation.h).
  /// Throws Error, `place` first, where it cannot be compiled or is not supported.
  static Regex from_pattern(std::string_view pattern, const std::string& place);

  /// Finds exactly `text`.
  static Regex from_text(std::string_view text, const std::string& place);

  /// Valid UTF-8 as matches and what lies between them, in order and without a gap; a match may be
  /// empty. Throws Error where a match needs more steps or memory than PCRE2's limits allow.
  std::vector<PatternSpan> split(std::string_view text) const;

 private:
  Regex(std::string_view pattern, std::uint32_t options, const std::string& place);

  std::string place_;
  std::shared_ptr<const pcre2_code> code_;
};

}  // namespace leakprobe
