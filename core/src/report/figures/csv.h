#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// Comma-separated values (RFC 4180 with '\n'), one cell after the other.
class Csv {
 public:
  explicit Csv(const std::vector<std::string>& headings);

  Csv& add(std::string_view text);
  Csv& add(const char* text) { return add(std::string_view(text)); }
  Csv& add(int64_t number);
  /// Six significant digits; an empty cell where there is no finite number.
  Csv& add(double number);
  Csv& add(std::optional<double> number) { return number ? add(*number) : add(""); }
  void end_row();

  const std::string& text() const { return text_; }

 private:
  void separate();
  std::string text_;
  bool row_started_ = false;
};

}  // namespace leakprobe
