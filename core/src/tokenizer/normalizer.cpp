#include "tokenizer/normalizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "leakprobe/error.h"
#include "text/utf8.h"
#include "tokenizer/unicode_classes.h"

namespace leakprobe {
namespace {

// Below U+0300 nothing decomposes for good, combines or is reordered; its lead bytes end here.
constexpr unsigned char kFirstLeadByteToNormalize = 0xCC;

bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

void sort_combining_marks(std::vector<utf8proc_int32_t>& code_points) {
  const auto combining_class = [](utf8proc_int32_t code_point) {
    return utf8proc_get_property(code_point)->combining_class;
  };
  auto begin = code_points.begin();
  while (begin != code_points.end()) {
    if (combining_class(*begin) == 0) {
      ++begin;
      continue;
    }
    const auto end = std::find_if(begin, code_points.end(),
                                  [&](auto mark) { return combining_class(mark) == 0; });
    std::stable_sort(begin, end,
                     [&](auto a, auto b) { return combining_class(a) < combining_class(b); });
    begin = end;
  }
}

void append_decomposed(std::vector<utf8proc_int32_t>& code_points, char32_t code_point) {
  constexpr int kLongestDecomposition = 8;
  utf8proc_int32_t parts[kLongestDecomposition];
  int boundary_class = 0;
  const utf8proc_ssize_t count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(code_point), parts, kLongestDecomposition,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), &boundary_class);
  LEAKPROBE_CHECK(count >= 0 && count <= kLongestDecomposition,
                  "a canonical decomposition has at most four code points");
  code_points.insert(code_points.end(), parts, parts + count);
}

// The library's own utf8proc_map takes quadratic time to order a long run of combining marks, so
// that step is done here.
void append_composed(std::string& result, std::vector<utf8proc_int32_t>& code_points) {
  sort_combining_marks(code_points);
  const utf8proc_ssize_t count = utf8proc_normalize_utf32(
      code_points.data(), static_cast<utf8proc_ssize_t>(code_points.size()),
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  LEAKPROBE_CHECK(count >= 0, "composing valid code points cannot fail");
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    append_code_point(result, static_cast<char32_t>(code_points[static_cast<std::size_t>(i)]));
  }
  code_points.clear();
}

void append_nfc(std::string& result, std::string_view segment) {
  std::vector<utf8proc_int32_t> code_points;
  code_points.reserve(segment.size());
  for (std::size_t position = 0; position < segment.size();) {
    const char32_t code_point = next_code_point(segment, position);
    if (is_in_class(code_point, UnicodeClass::kLateMark)) {
      append_composed(result, code_points);
      append_code_point(result, code_point);
    } else {
      append_decomposed(code_points, code_point);
    }
  }
  append_composed(result, code_points);
}

}  // namespace

std::string to_nfc(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  std::size_t copied = 0;
  std::size_t position = 0;
  while (position < text.size()) {
    if (static_cast<unsigned char>(text[position]) < kFirstLeadByteToNormalize) {
      ++position;
      continue;
    }
    // Nothing composes across the start of an ASCII character, so a segment is a run of other
    // characters with the one before it.
    std::size_t begin = position;
    while (begin > copied && !is_ascii(text[begin - 1])) --begin;
    if (begin > copied) --begin;
    std::size_t end = position;
    while (end < text.size() && !is_ascii(text[end])) ++end;
    result.append(text, copied, begin - copied);
    append_nfc(result, text.substr(begin, end - begin));
    copied = position = end;
  }
  result.append(text, copied);
  return result;
}

}  // namespace leakprobe
