#include "format/csv.h"

#include <charconv>
#include <string_view>
#include <system_error>

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

/// Whether a spreadsheet would compute the cell at the beginning of `text`, which one of `ends`
/// ends.
bool is_formula(std::string_view text, std::string_view ends) {
  if (text.empty() || std::string_view("=+-@\t\r").find(text.front()) == std::string_view::npos) {
    return false;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = end == text.data() + text.size() || ends.find(*end) != std::string_view::npos;
  return error != std::errc() || !whole;
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

std::string without_formulas(std::string_view csv) {
  std::string safe;
  safe.reserve(csv.size());
  bool quoted = false, begins = true;
  bool foreign = false;  // it begins by a separator that is none in this table
  for (size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (begins && (c != '"' || (quoted && !foreign))) {
      if (is_formula(csv.substr(i), quoted ? "\";\t\n" : ",;\t\n")) safe += '\'';
      begins = foreign = false;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ',' || c == '\n')) {
      begins = true;
      foreign = false;
    } else if (c == ';' || c == '\t' || c == '\n') {
      // Where these separate cells, the quotation marks of ours may stand inside one.
      begins = foreign = true;
    }
    safe += c;
  }
  return safe;
}

}  // namespace leakprobe
