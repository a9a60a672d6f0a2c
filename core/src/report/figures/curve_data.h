#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leakprobe/measure.h"
#include "leakprobe/value.h"
#include "report/figures/step_means.h"

namespace leakprobe {

/// What the probe of a claim measured over the runs of one group, and how training on rollouts
/// went, read from their metrics.jsonl.
struct GroupCurves {
  struct Phase {
    std::string name;
    int64_t start = 0;   ///< steps of the phases before it
    int64_t steps = 0;   ///< in the longest run
    std::string prefix;  ///< the claim's in the claim's phase, else the one trained there most
  };
  struct Point {
    size_t phase = 0;
    int64_t step = 0;  ///< within its phase
    Cell cell;
    double value = 0;  ///< above chance, or as measured where there is no chance
  };
  /// One of kTellingMetrics over the steps of a phase.
  struct Series {
    size_t phase = 0;
    std::string term, metric;
    StepMeans means;
  };
  struct Run {
    std::string seed;
    bool valid = false;
    std::string verdict;
    std::vector<Point> points;
    std::vector<Series> series;  ///< of terms whose rows the policy makes
  };
  std::vector<Phase> phases;          ///< in their order
  std::vector<Run> runs;              ///< those with a point or a series
  std::vector<Cell> cells;            ///< in order of appearance
  std::vector<std::string> sets;      ///< in the order of their colours: the claim's two first
  std::vector<std::string> prefixes;  ///< in order of appearance
  /// Of the claim; "" where there is none.
  std::string claim_set, compared, claim_phase, claim_prefix;
  std::string measure;  ///< the claim's probe by name or type; where it has none, the first probe
  bool above_chance = true;  ///< what `value` is
  std::string unit;          ///< of `value`, see unit_text

  /// Of all phases, at least 1.
  int64_t total_steps() const;
};

/// Reads the runs of a group of the report value. A run that was never evaluated has no curve; a
/// last line that is cut off is left out. Throws Error where a file is damaged otherwise.
GroupCurves read_curves(const Value& group);

}  // namespace leakprobe
