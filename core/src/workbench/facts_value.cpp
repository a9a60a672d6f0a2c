#include "workbench/facts_value.h"

#include <cmath>

#include "compose/scale.h"
#include "leakprobe/model.h"
#include "leakprobe/objective.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/probe.h"
#include "leakprobe/reward.h"
#include "leakprobe/task.h"

namespace leakprobe {
namespace {

Value texts(const std::vector<std::string>& words) {
  Value list = Value::list();
  for (const std::string& word : words) list.push_back(word);
  return list;
}

Value to_value(const Advantages& advantages) {
  Value value = Value::map();
  value.set("baseline", word_of(advantages.baseline));
  value.set("scale", word_of(advantages.scale));
  value.set("kl", advantages.kl);
  if (advantages.discounted) value.set("discounted", true);
  if (advantages.side != Sign::both) value.set("side", word_of(advantages.side));
  if (advantages.row_means) value.set("row_means", true);
  return value;
}

Value to_value(const ObjectiveFacts& facts) {
  Value columns = Value::map();
  Value numbers = Value::map();
  for (const ColumnNeed& need : facts.columns) {
    columns.set(need.name, word_of(need.sign));
    if (!need.numbers.empty()) numbers.set(need.name, texts(need.numbers));
  }
  Value value = Value::map();
  value.set("columns", std::move(columns));
  if (!numbers.entries().empty()) value.set("numbers", std::move(numbers));
  value.set("needs_reference", facts.needs_reference);
  value.set("scope", facts.scope == ObjectiveFacts::Scope::row ? "row" : "batch");
  if (facts.detaches) value.set("detaches", true);
  value.set("metrics", texts(facts.metrics));
  if (facts.advantages) value.set("advantages", to_value(*facts.advantages));
  return value;
}

Value to_value(const TaskFacts& facts) {
  Value sets = Value::map();
  for (const SetFacts& set : facts.sets) {
    Value entry = Value::map();
    entry.set("size", set.size ? Value(*set.size) : Value("fresh"));
    entry.set("role", word_of(set.role.kind));
    if (!set.columns.empty()) {
      Value columns = Value::map();
      for (const ColumnFacts& column : set.columns) {
        columns.set(column.name, word_of(set.role_of(column.name).kind));
      }
      entry.set("columns", std::move(columns));
    }
    sets.set(set.name, std::move(entry));
  }
  Value value = Value::map();
  value.set("sets", std::move(sets));
  value.set("prefixes", texts(facts.prefixes));
  value.set("chance", facts.chance ? Value(*facts.chance) : Value());
  value.set("needs_tokenizer", facts.needs_tokenizer);
  value.set("longest_row", facts.longest_row > 0 ? Value(facts.longest_row) : Value());
  return value;
}

Value to_value(const ModelFacts& facts) {
  Value value = Value::map();
  value.set("hidden_size", facts.hidden_size);
  value.set("blocks", facts.blocks);
  value.set("max_positions", facts.max_positions);
  return value;
}

Value to_value(const ProbeFacts& facts) {
  const Scale scale(facts, TaskFacts());
  Value value = Value::map();
  scale.write(value);
  if (facts.log_probability) value.set("chance", "the task's");
  if (!facts.axis.empty()) value.set("axis", facts.axis);
  if (facts.needs_control) value.set("needs_control", true);
  Value aggregates = Value::map();
  for (const ProbeFacts::Aggregate& each : facts.aggregates) {
    Value own = Value::map();
    Scale(facts, TaskFacts(), each.name).write(own);
    if (!each.is_leak) own.set("is_leak", false);
    if (each.by_rows) own.set("by_rows", true);
    aggregates.set(each.name, std::move(own));
  }
  if (!facts.aggregates.empty()) value.set("aggregates", std::move(aggregates));
  return value;
}

/// A bound that is none has no number in JSON.
Value bound(double value) { return std::isfinite(value) ? Value(value) : Value(); }

Value to_value(const RewardFacts& facts) {
  Value rows = Value::map();
  for (const RewardFacts::Rows& each : facts.rows) rows.set(each.name, word_of(each.sign));
  Value value = Value::map();
  value.set("rows", std::move(rows));
  if (facts.first_tokens) value.set("first_tokens", *facts.first_tokens);
  value.set("needs_text", facts.needs_text);
  if (!facts.model.phase.empty()) {
    value.set("model", ParameterType<WeightsRef>::write(facts.model));
  }
  value.set("least", bound(facts.least));
  value.set("most", bound(facts.most));
  return value;
}

}  // namespace

Value facts_value(Kind kind, const std::any& facts) {
  switch (kind) {
    case Kind::objective:
      return to_value(std::any_cast<const ObjectiveFacts&>(facts));
    case Kind::task:
      return to_value(std::any_cast<const TaskFacts&>(facts));
    case Kind::model:
      return to_value(std::any_cast<const ModelFacts&>(facts));
    case Kind::probe:
      return to_value(std::any_cast<const ProbeFacts&>(facts));
    case Kind::reward:
      return to_value(std::any_cast<const RewardFacts&>(facts));
    case Kind::optimizer: {
      Value value = Value::map();
      value.set("state_per_parameter",
                std::any_cast<const OptimizerFacts&>(facts).state_per_parameter);
      return value;
    }
    case Kind::sink: {
      Value value = Value::map();
      const std::string& file = std::any_cast<const SinkFacts&>(facts).file;
      value.set("file", file.empty() ? Value() : Value(file));
      return value;
    }
    default:
      return Value::map();
  }
}

}  // namespace leakprobe
