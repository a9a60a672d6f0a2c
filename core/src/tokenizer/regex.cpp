#include "tokenizer/regex.h"

#include <array>
#include <cstdint>
#include <optional>

#include "leakprobe/error.h"
#include "text/utf8.h"
#include "tokenizer/regex_translation.h"

namespace leakprobe {
namespace {

// As in Oniguruma, ^ and $ are the ends of lines.
constexpr std::uint32_t kPatternOptions = PCRE2_UTF | PCRE2_MULTILINE;

std::string pcre2_message(int code) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

PCRE2_SPTR as_pcre2(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.empty() ? "" : text.data());
}

}  // namespace

Regex Regex::from_pattern(std::string_view pattern, const std::string& place) {
  return Regex(translate_regex(pattern, place), kPatternOptions, place);
}

Regex Regex::from_text(std::string_view text, const std::string& place) {
  require_utf8(text, place);
  return Regex(text, PCRE2_UTF | PCRE2_LITERAL, place);
}

Regex::Regex(std::string_view pattern, std::uint32_t options, const std::string& place)
    : place_(place) {
  const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
  if (!context) throw Error(place + ": no memory is left for the regular expression: free some");
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int code = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* compiled =
      pcre2_compile(as_pcre2(pattern), pattern.size(), options, &code, &offset, context.get());
  if (compiled == nullptr) {
    throw Error(place + ": the regular expression cannot be compiled (" + pcre2_message(code) +
                "): correct it");
  }
  // Where machine code cannot be made, matching falls back to the interpreter by itself.
  pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
  code_ = std::shared_ptr<const pcre2_code>(
      compiled, [compiled](const pcre2_code*) { pcre2_code_free(compiled); });
}

std::vector<PatternSpan> Regex::split(std::string_view text) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create_from_pattern(code_.get(), nullptr), &pcre2_match_data_free);
  if (!data) throw Error(place_ + ": no memory is left for splitting the text: free some");
  const auto match = [&](std::size_t start, std::uint32_t options) {
    return pcre2_match(code_.get(), as_pcre2(text), text.size(), start,
                       PCRE2_NO_UTF_CHECK | options, data.get(), nullptr);
  };
  std::vector<PatternSpan> spans;
  std::size_t covered = 0;
  std::optional<std::size_t> last_match_end;
  std::size_t position = 0;
  while (position <= text.size()) {
    int code = match(position, 0);
    if (code == PCRE2_ERROR_JIT_STACKLIMIT) code = match(position, PCRE2_NO_JIT);
    if (code == PCRE2_ERROR_NOMATCH) break;
    if (code < 0) {
      throw Error(place_ + ": the regular expression fails on the text (" + pcre2_message(code) +
                  "): split the text into shorter ones");
    }
    const PCRE2_SIZE* match_ends = pcre2_get_ovector_pointer(data.get());
    const std::size_t begin = match_ends[0];
    const std::size_t end = match_ends[1];
    // An empty match right after the last one would come again for ever.
    if (begin == end && last_match_end == end) {
      position = begin;
      if (position == text.size()) break;
      next_code_point(text, position);
      continue;
    }
    if (covered < begin) spans.push_back({covered, begin, false});
    spans.push_back({begin, end, true});
    covered = position = end;
    last_match_end = end;
  }
  if (covered < text.size()) spans.push_back({covered, text.size(), false});
  return spans;
}

}  // namespace leakprobe
