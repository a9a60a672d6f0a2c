#include "records/evaluation_record.h"

#include "format/json_to_value.h"
#include "records/ledger_record.h"
#include "records/line_version.h"

namespace leakprobe {
namespace {

constexpr const char* kEvaluation = "evaluation";

using CellValue = EvaluationRecord::CellValue;

Value cell_value(const CellValue& cell) {
  Value value = Value::map();
  value.set("set", cell.set);
  value.set("prefix", cell.prefix);
  value.set("rows", cell.rows);
  value.set("value", cell.value);
  if (cell.leak) value.set("leak", *cell.leak);
  if (!cell.aggregates.empty()) {
    Value aggregates = Value::map();
    for (const auto& [name, number] : cell.aggregates) aggregates.set(name, number);
    value.set("aggregates", std::move(aggregates));
  }
  if (!cell.along.empty()) {
    Value along = Value::list();
    for (const auto& [at, number] : cell.along) along.push_back(Value(Value::List{at, number}));
    value.set("along", std::move(along));
  }
  return value;
}

CellValue cell_of(const Value& value) {
  CellValue cell;
  cell.set = value.text("set");
  cell.prefix = value.text("prefix");
  cell.rows = value.integer("rows", 0, kMostCounted);
  cell.value = value.number("value");
  if (value.has("leak")) cell.leak = value.number("leak");
  if (value.has("aggregates")) {
    const Value& aggregates = value.mapping("aggregates");
    for (const Value::Entry& entry : aggregates.entries()) {
      cell.aggregates.emplace_back(entry.key, aggregates.number(entry.key));
    }
  }
  if (value.has("along")) {
    const Value::List& points = value.items("along");
    for (size_t i = 0; i < points.size(); ++i) {
      const Value& point = points[i];
      if (!point.is_list() || point.as_list().size() != 2 || !point.as_list()[0].is_number() ||
          !point.as_list()[1].is_number()) {
        value.fail(child_path("along", i), "expected two numbers, found " + point.describe());
      }
      cell.along.push_back({point.as_list()[0].as_number(), point.as_list()[1].as_number()});
    }
  }
  return cell;
}

/// Most lines are steps, of which nothing is read: as a run writes them they are not worth parsing.
bool is_whole_step(std::string_view line) {
  return line.starts_with(R"({"v":1,"record":"step",)") && line.ends_with("}}") &&
         line.find(R"("record":"evaluation")") == std::string_view::npos;
}

}  // namespace

Value EvaluationRecord::to_value() const {
  Value value = Value::map();
  value.set("v", kLineVersion);
  value.set("record", kEvaluation);
  value.set("phase", phase);
  value.set("step", step);
  value.set("probe", probe);
  value.set("regular", regular);
  value.set("end", end);
  Value list = Value::list();
  for (const CellValue& cell : cells) list.push_back(cell_value(cell));
  value.set("cells", std::move(list));
  return value;
}

EvaluationRecord EvaluationRecord::of(const Value& value) {
  require_line_version(value);
  if (value.text("record") != kEvaluation) value.fail("record", "is not that of an evaluation");
  EvaluationRecord record;
  record.phase = value.text("phase");
  record.step = value.integer("step", kBeforeFirstStep, kMostCounted - 1);
  record.probe = value.text("probe");
  record.regular = value.boolean("regular");
  record.end = value.boolean("end");
  for (const Value& cell : value.maps("cells")) record.cells.push_back(cell_of(cell));
  return record;
}

std::optional<EvaluationRecord> read_evaluation(std::string_view line, const std::string& place) {
  if (is_whole_step(line)) return std::nullopt;
  const Value value = value_of_json(line, place);
  if (value.text("record") != kEvaluation) return std::nullopt;
  return EvaluationRecord::of(value);
}

Value ItemsRecord::to_value() const {
  Value value = Value::map();
  value.set("v", kLineVersion);
  value.set("phase", phase);
  value.set("step", step);
  value.set("probe", probe);
  value.set("set", set);
  value.set("prefix", prefix);
  value.set("values", Value(Value::List(values.begin(), values.end())));
  return value;
}

ItemsRecord ItemsRecord::of(const Value& value) {
  require_line_version(value);
  ItemsRecord record;
  record.phase = value.text("phase");
  record.step = value.integer("step", kBeforeFirstStep, kMostCounted - 1);
  record.probe = value.text("probe");
  record.set = value.text("set");
  record.prefix = value.text("prefix");
  record.values = value.numbers("values");
  return record;
}

}  // namespace leakprobe
