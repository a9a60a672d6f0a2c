#include <string_view>

#include "scalars.h"
#include "sinks.h"

namespace leakprobe {
namespace {

/// Names come from people: RFC 4180, and an apostrophe before what a spreadsheet would compute, be
/// its cells separated by ',', ';' or tabs.
std::string cell(const std::string& name) {
  std::string text;
  bool begins = true;
  for (const char c : name) {
    if (begins && std::string_view("=+-@\t\r").find(c) != std::string_view::npos) text += '\'';
    begins = c == ';' || c == '\t' || c == '\n' || (begins && c == '"');
    text += c;
  }
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string CsvLines::beginning() { return "phase,step,name,set,prefix,value,leak\n"; }

std::string CsvLines::write(const Value& record) {
  std::string lines;
  for (const Scalar& scalar : scalars_of(record)) {
    lines += cell(scalar.phase) + ',' + std::to_string(scalar.step) + ',' + cell(scalar.name) +
             ',' + cell(scalar.set) + ',' + cell(scalar.prefix) + ',' + to_json(scalar.value) +
             ',' + (scalar.leak ? to_json(*scalar.leak) : "") + '\n';
  }
  return lines;
}

}  // namespace leakprobe
