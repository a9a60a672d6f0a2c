#include "config/yaml_scalar.h"

#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

namespace leakprobe {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t digits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

enum class Shape { text, integer, number };

Shape shape_of(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const size_t whole = digits(text);
  if (whole > 1 && text[0] == '0') return Shape::text;
  text.remove_prefix(whole);
  if (text.empty()) return whole > 0 ? Shape::integer : Shape::text;
  size_t fraction = 0;
  if (text[0] == '.') {
    fraction = digits(text.substr(1));
    text.remove_prefix(1 + fraction);
  }
  if (whole + fraction == 0) return Shape::text;
  if (text.empty()) return Shape::number;
  if (text[0] != 'e' && text[0] != 'E') return Shape::text;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && digits(text) == text.size() ? Shape::number : Shape::text;
}

/// Of a number that does not fit: whether it is too near to 0.
bool is_tiny(std::string_view text) {
  const size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) return text[exponent + 1] == '-';
  return text.starts_with("0") || text.starts_with("-0") || text.starts_with(".") ||
         text.starts_with("-.");
}

}  // namespace

std::optional<Value> plain_scalar(const std::string& text, std::string& problem) {
  if (text == "true") return Value(true);
  if (text == "false") return Value(false);
  const char* end = text.data() + text.size();
  switch (shape_of(text)) {
    case Shape::integer: {
      int64_t integer = 0;
      if (std::from_chars(text.data(), end, integer).ec == std::errc()) return Value(integer);
      problem = "the integer does not fit in 64 bits";
      return std::nullopt;
    }
    case Shape::number: {
      double number = 0;
      // -0.0 would be another value than 0.0 to whoever compares experiments.
      if (std::from_chars(text.data(), end, number).ec == std::errc()) {
        return Value(number == 0 ? 0.0 : number);
      }
      problem = is_tiny(text)
                    ? "the number is nearer to 0 than a 64-bit floating-point number can be"
                    : "the number is beyond what a 64-bit floating-point number holds";
      return std::nullopt;
    }
    case Shape::text:
      break;
  }
  return Value(text);
}

}  // namespace leakprobe
