#include "records/metrics_line.h"

namespace leakprobe {
namespace {

/// Most lines are steps, of which nothing is read: as a run writes them they are not worth parsing.
bool is_whole_step(std::string_view line) {
  return line.starts_with(R"({"v":1,"record":"step",)") && line.ends_with("}}") &&
         line.find(R"("record":"evaluation")") == std::string_view::npos;
}

}  // namespace

std::optional<JsonValue> evaluation_in(std::string_view line, const std::string& place) {
  if (is_whole_step(line)) return std::nullopt;
  JsonValue record = JsonValue::parse(line, place);
  if (record.get_string("record") != "evaluation") return std::nullopt;
  return record;
}

}  // namespace leakprobe
