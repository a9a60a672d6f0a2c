#include "report/figures/csv.h"

#include <charconv>
#include <cmath>

namespace leakprobe {

Csv::Csv(const std::vector<std::string>& headings) {
  for (const std::string& heading : headings) add(std::string_view(heading));
  end_row();
}

void Csv::separate() {
  if (row_started_) text_ += ',';
  row_started_ = true;
}

Csv& Csv::add(std::string_view text) {
  separate();
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += text;
    return *this;
  }
  text_ += '"';
  for (const char c : text) text_.append(c == '"' ? 2 : 1, c);
  text_ += '"';
  return *this;
}

Csv& Csv::add(int64_t number) {
  separate();
  text_ += std::to_string(number);
  return *this;
}

Csv& Csv::add(double number) {
  separate();
  if (!std::isfinite(number)) return *this;
  char digits[32];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, number, std::chars_format::general, 6);
  text_.append(digits, end.ptr);
  return *this;
}

void Csv::end_row() {
  text_ += '\n';
  row_started_ = false;
}

}  // namespace leakprobe
