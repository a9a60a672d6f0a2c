#include "evidence/evaluator.h"

#include <algorithm>
#include <utility>

#include "compose/scale.h"
#include "compose/sides.h"
#include "data/item_stream.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

EvaluationRecord::CellValue cell_value(const ProbeValue& value, const ProbeFacts& facts,
                                       const Scale& scale) {
  EvaluationRecord::CellValue cell;
  cell.set = value.cell.name();
  cell.prefix = value.cell.prefix;
  cell.rows = static_cast<int64_t>(value.items.size());
  cell.value = value.value;
  if (scale.chance) cell.leak = scale.leak(value.value);
  for (size_t a = 0; a < facts.aggregates.size(); ++a) {
    cell.aggregates.emplace_back(facts.aggregates[a].name, value.aggregates[a]);
  }
  for (const ProbeValue::Point& point : value.along) cell.along.push_back({point.at, point.value});
  return cell;
}

/// Which of a probe's cells is the control's for `cell`.
size_t control_among(const std::vector<Cell>& cells, const Cell& cell, const TaskFacts& task) {
  const auto control = task.control_for(cell);
  LEAKPROBE_CHECK(control, "a composed probe has a cell without its control");
  const auto found = std::find(cells.begin(), cells.end(), Cell(*control));
  LEAKPROBE_CHECK(found != cells.end(), "a composed probe lacks the cell of a control");
  return static_cast<size_t>(found - cells.begin());
}

}  // namespace

Evaluator::Evaluator(const Composition& composition, const Task& task,
                     std::vector<std::shared_ptr<const Probe>> probes)
    : composition_(composition), probes_(std::move(probes)) {
  for (const ComposedProbe& probe : composition.probes) {
    std::vector<ProbeCell> cells = cells_measured(composition, probe, task);
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

std::vector<ProbeCell> cells_measured(const Composition& composition, const ComposedProbe& probe,
                                      const Task& task) {
  const TaskFacts& facts = composition.task.facts();
  std::vector<ProbeCell> cells;
  for (const Cell& cell : probe.cells) {
    const SetFacts* set = facts.find(cell.set);
    LEAKPROBE_CHECK(set, "a composed probe names an unknown set");
    const auto [first, end] = rows_measured(probe, cell, *set);
    ProbeCell full{cell, {}};
    if (probe.probe.facts().needs_control) full.control = control_among(probe.cells, cell, facts);
    for (int64_t i = first; i < end; ++i) {
      full.rows.push_back(set_row(task, facts, cell, i, composition.seed));
    }
    cells.push_back(std::move(full));
  }
  return cells;
}

std::pair<int64_t, int64_t> rows_measured(const ComposedProbe& probe, const Cell& cell,
                                          const SetFacts& set) {
  const int64_t first = cell.items ? (*cell.items)[0] : 0;
  const int64_t end = first + probe.rows;
  if (cell.items) return {first, std::min(end, (*cell.items)[1])};
  return {first, set.size ? std::min(end, *set.size) : end};
}

EvaluationRecord Evaluator::record(const Evaluation& evaluation) const {
  const auto probe = std::find_if(
      composition_.probes.begin(), composition_.probes.end(),
      [&](const ComposedProbe& candidate) { return candidate.name == evaluation.probe; });
  const ProbeFacts& facts = probe->probe.facts();
  const Scale scale(facts, composition_.task.facts());
  EvaluationRecord record{evaluation.phase,   evaluation.step, evaluation.probe,
                          evaluation.regular, evaluation.end,  {}};
  for (const ProbeValue& value : evaluation.values) {
    record.cells.push_back(cell_value(value, facts, scale));
  }
  return record;
}

ItemsRecord Evaluator::items_record(const Evaluation& evaluation, const ProbeValue& value) const {
  return {evaluation.phase,  evaluation.step,   evaluation.probe,
          value.cell.name(), value.cell.prefix, value.items};
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
