#include "format/csv.h"

#include <string_view>

namespace leakprobe {
namespace {

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

std::string cell_text(const Value& cell) {
  if (cell.is_null()) return "";
  const std::string text = cell.is_string() ? cell.as_string() : to_json(cell);
  return text.find_first_of(",\"\r\n") == std::string::npos ? text : in_quotes(text);
}

}  // namespace

std::string csv_line(const std::vector<Value>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    line += cell_text(cells[i]);
  }
  return line + '\n';
}

}  // namespace leakprobe
