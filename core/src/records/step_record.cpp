#include "records/step_record.h"

#include <algorithm>

#include "format/json_to_value.h"
#include "records/ledger_record.h"
#include "records/line_version.h"

namespace leakprobe {
namespace {

constexpr const char* kStep = "step";

}  // namespace

Value StepRecord::to_value() const {
  Value value = Value::map();
  value.set("v", kLineVersion);
  value.set("record", kStep);
  value.set("phase", phase);
  value.set("step", step);
  value.set("lr", rate);
  value.set("loss", loss);
  value.set("grad_norm", gradient_norm);
  Value list = Value::map();
  for (const auto& [name, metrics] : terms) {
    Value term = Value::map();
    for (const auto& [metric, mean] : metrics) term.set(metric, mean);
    list.set(name, std::move(term));
  }
  value.set("terms", std::move(list));
  return value;
}

StepRecord StepRecord::of(const Value& value) {
  require_line_version(value);
  if (value.text("record") != kStep) value.fail("record", "is not that of a step");
  StepRecord record;
  record.phase = value.text("phase");
  record.step = value.integer("step", 0, kMostCounted - 1);
  record.rate = value.number("lr");
  record.loss = value.number("loss");
  record.gradient_norm = value.number("grad_norm");
  const Value& terms = value.mapping("terms");
  for (const Value::Entry& term : terms.entries()) {
    const Value& metrics = terms.mapping(term.key);
    std::map<std::string, double> means;
    for (const Value::Entry& metric : metrics.entries()) {
      means.emplace(metric.key, metrics.number(metric.key));
    }
    record.terms.emplace_back(term.key, std::move(means));
  }
  return record;
}

std::optional<StepRecord> read_step_with(std::string_view metric, std::string_view line,
                                         const std::string& place) {
  if (line.find('"' + std::string(metric) + "\":") == std::string_view::npos) return std::nullopt;
  const Value value = value_of_json(line, place);
  if (value.text("record") != kStep) return std::nullopt;
  StepRecord record = StepRecord::of(value);
  const bool has_it = std::any_of(record.terms.begin(), record.terms.end(), [&](const auto& term) {
    return term.second.count(std::string(metric)) > 0;
  });
  if (!has_it) return std::nullopt;
  return record;
}

}  // namespace leakprobe
