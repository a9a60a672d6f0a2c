#include <array>
#include <charconv>
#include <vector>

#include "sinks.h"

namespace leakprobe {
namespace {

/// "+0.163"
std::string number(double value) {
  std::array<char, 400> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 3).ptr;
  return (value < 0 ? "" : "+") + std::string(text.data(), end);
}

/// Cells by prefix, in the order in which prefixes come: "regular: held_out -5.1, useful -5.3".
std::string cells_text(const Value& cells) {
  std::vector<std::pair<std::string, std::string>> prefixes;
  for (const Value& cell : cells.as_list()) {
    const std::string prefix = cell.find_text("prefix");
    const Value* leak = cell.find("leak");
    const Value* value = leak ? leak : cell.find("value");
    if (!value) continue;
    const std::string part = cell.find_text("set") + " " + number(value->as_number());
    auto at = prefixes.begin();
    while (at != prefixes.end() && at->first != prefix) ++at;
    if (at == prefixes.end()) {
      prefixes.emplace_back(prefix, part);
    } else {
      at->second += ", " + part;
    }
  }
  std::string text;
  for (const auto& [prefix, parts] : prefixes) text += " | " + prefix + ": " + parts;
  return text;
}

}  // namespace

void Console::Options::declare(Schema<Options>& schema) {
  schema.field("evaluations", &Options::evaluations, kAny, "Which evaluations get a line.");
}

std::string Console::write(const Value& record) {
  if (record.find_text("record") != "evaluation") return "";
  const Value* step = record.find("step");
  const Value* cells = record.find("cells");
  if (!step || !cells) return "";
  const bool before = step->as_integer() < 0;
  const bool end = record.find_boolean("end").value_or(false);
  if (!all_ && !end && !before) return "";
  const std::string when =
      before ? "start" : (end ? "end, step " : "step ") + std::to_string(step->as_integer());
  context_.info(record.find_text("phase") + " " + when + ", " + record.find_text("probe") +
                cells_text(*cells));
  return "";
}

}  // namespace leakprobe
