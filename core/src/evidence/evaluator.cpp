#include "evidence/evaluator.h"

#include <algorithm>
#include <utility>

#include "compose/scale.h"
#include "compose/sides.h"
#include "data/item_stream.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// What a probe measures of a cell beside its value: {aggregates: {name: value}, along: [[at,
/// value]]}.
void add_further(Value& cell, const ProbeValue& value, const ProbeFacts& facts) {
  if (!facts.aggregates.empty()) {
    Value aggregates = Value::map();
    for (size_t a = 0; a < facts.aggregates.size(); ++a) {
      aggregates.set(facts.aggregates[a].name, value.aggregates[a]);
    }
    cell.set("aggregates", std::move(aggregates));
  }
  if (value.along.empty()) return;
  Value along = Value::list();
  for (const ProbeValue::Point& point : value.along) {
    along.push_back(Value(Value::List{point.at, point.value}));
  }
  cell.set("along", std::move(along));
}

}  // namespace

Evaluator::Evaluator(const Composition& composition, const Task& task,
                     std::vector<std::shared_ptr<const Probe>> probes)
    : composition_(composition), probes_(std::move(probes)) {
  const TaskFacts& facts = composition.task.facts();
  for (const ComposedProbe& probe : composition.probes) {
    std::vector<ProbeCell> cells;
    for (const Cell& cell : probe.cells) {
      const SetFacts* set = facts.find(cell.set);
      LEAKPROBE_CHECK(set, "a composed probe names an unknown set");
      const int64_t first = cell.items ? (*cell.items)[0] : 0;
      int64_t end = first + probe.rows;
      if (cell.items) {
        end = std::min(end, (*cell.items)[1]);
      } else if (set->size) {
        end = std::min(end, *set->size);
      }
      ProbeCell full{cell, {}};
      for (int64_t i = first; i < end; ++i) {
        full.rows.push_back(set_row(task, facts, cell, i, composition.seed));
      }
      cells.push_back(std::move(full));
    }
    const auto others = cells.begin() + static_cast<std::ptrdiff_t>(probe.regular_cells);
    std::vector<ProbeCell> regular(cells.begin(), others);
    cells_.push_back({std::move(cells), std::move(regular)});
  }
}

std::vector<Evaluation> Evaluator::evaluate(const ComposedPhase& phase, int64_t step, int64_t steps,
                                            bool forced, ProbedModel& model) const {
  std::vector<Evaluation> evaluations;
  const bool end = step == steps - 1;
  for (size_t p = 0; p < probes_.size(); ++p) {
    const ComposedProbe& probe = composition_.probes[p];
    if (!probe.phases.empty() &&
        std::find(probe.phases.begin(), probe.phases.end(), phase.name) == probe.phases.end()) {
      continue;
    }
    const bool regular = step != kBeforeFirstStep && probe.every > 0 && step % probe.every == 0;
    if (!regular && !end && !forced) continue;
    const std::vector<ProbeCell>& cells = end || forced ? cells_[p].all : cells_[p].regular;
    if (cells.empty()) continue;
    Evaluation evaluation{probe.name, phase.name, step, regular, end, {}};
    evaluation.values = probes_[p]->measure(model, cells);
    evaluations.push_back(std::move(evaluation));
  }
  return evaluations;
}

Value Evaluator::record(const Evaluation& evaluation) const {
  const auto probe = std::find_if(
      composition_.probes.begin(), composition_.probes.end(),
      [&](const ComposedProbe& candidate) { return candidate.name == evaluation.probe; });
  const ProbeFacts& facts = probe->probe.facts();
  const Scale scale(facts, composition_.task.facts());
  Value record = Value::map();
  record.set("v", 1);
  record.set("record", "evaluation");
  record.set("phase", evaluation.phase);
  record.set("step", evaluation.step);
  record.set("probe", evaluation.probe);
  record.set("regular", evaluation.regular);
  record.set("end", evaluation.end);
  Value cells = Value::list();
  for (const ProbeValue& value : evaluation.values) {
    Value cell = Value::map();
    cell.set("set", value.cell.name());
    cell.set("prefix", value.cell.prefix);
    cell.set("rows", static_cast<int64_t>(value.items.size()));
    cell.set("value", value.value);
    if (scale.chance) cell.set("leak", scale.leak(value.value));
    add_further(cell, value, facts);
    cells.push_back(std::move(cell));
  }
  record.set("cells", std::move(cells));
  return record;
}

Value Evaluator::items_record(const Evaluation& evaluation, const ProbeValue& value) const {
  Value record = Value::map();
  record.set("v", 1);
  record.set("phase", evaluation.phase);
  record.set("step", evaluation.step);
  record.set("probe", evaluation.probe);
  record.set("set", value.cell.name());
  record.set("prefix", value.cell.prefix);
  Value items = Value::list();
  for (const double item : value.items) items.push_back(item);
  record.set("values", std::move(items));
  return record;
}

bool reads_start(const Composition& composition, const ComposedPhase& phase) {
  const auto reads_cell = [&](const Measurement& measurement, const Cell& cell) {
    const std::vector<Side> sides = sides_of(measurement, cell, composition.task.facts());
    return std::any_of(sides.begin(), sides.end(), [&](const Side& side) {
      return side.phase == phase.name && side.at == Endpoint::start;
    });
  };
  const auto reads = [&](const Measurement& measurement) {
    if (measurement.not_applicable) return false;
    return std::any_of(measurement.cells.begin(), measurement.cells.end(),
                       [&](const Cell& cell) { return reads_cell(measurement, cell); });
  };
  const std::vector<const Measurement*> claims = composition.all_claims();
  if (std::any_of(claims.begin(), claims.end(), [&](const auto* claim) { return reads(*claim); })) {
    return true;
  }
  return std::any_of(composition.phases.begin(), composition.phases.end(),
                     [&](const ComposedPhase& other) {
                       return std::any_of(other.gates.begin(), other.gates.end(), reads);
                     });
}

}  // namespace leakprobe
