#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "evidence/evidence.h"
#include "leakprobe/probe.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Runs the probes that are due. The rows of a cell are the same in every evaluation.
class Evaluator {
 public:
  Evaluator(const Composition& composition, const Task& task,
            std::vector<std::shared_ptr<const Probe>> probes);

  /// The evaluations due after `step` of a phase of `steps` steps (kBeforeFirstStep: before the
  /// first); `forced` is due although no probe asks for it at this step.
  std::vector<Evaluation> evaluate(const ComposedPhase& phase, int64_t step, int64_t steps,
                                   bool forced, ProbedModel& model) const;

  EvaluationRecord record(const Evaluation& evaluation) const;
  /// Of one cell.
  ItemsRecord items_record(const Evaluation& evaluation, const ProbeValue& value) const;

 private:
  const Composition& composition_;
  std::vector<std::shared_ptr<const Probe>> probes_;
  struct Cells {
    std::vector<ProbeCell> all;
    std::vector<ProbeCell> regular;  ///< those of every evaluation
  };
  std::vector<Cells> cells_;  ///< of each probe
};

/// All that a probe measures, those of its evaluations at the end of phases last.
std::vector<ProbeCell> cells_measured(const Composition& composition, const ComposedProbe& probe,
                                      const Task& task);

/// The rows of its set, [first, second), that a probe measures for one of its cells.
std::pair<int64_t, int64_t> rows_measured(const ComposedProbe& probe, const Cell& cell,
                                          const SetFacts& set);

/// Whether a phase's gates or the claim are read before its first step.
bool reads_start(const Composition& composition, const ComposedPhase& phase);

}  // namespace leakprobe
