#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "compose/scale.h"
#include "leakprobe/measure.h"
#include "leakprobe/probe.h"
#include "leakprobe/value.h"
#include "records/evaluation_record.h"

namespace leakprobe {

/// One probe's values after one step.
struct Evaluation {
  std::string probe;
  std::string phase;
  int64_t step = kBeforeFirstStep;
  bool regular = false;  ///< step % every == 0: what `at: maximum` covers
  bool end = false;      ///< after the phase's last step
  std::vector<ProbeValue> values;
};

/// One side of a measurement at its own endpoint.
struct Reading {
  double value = 0;  ///< as the probe gave it
  int64_t step = 0;
};

/// All that claims and gates are read from: the evaluations and the terms' metrics at the ends of
/// phases.
class Evidence {
 public:
  explicit Evidence(const Composition& composition) : composition_(composition) {}

  void add(const Evaluation& evaluation);
  /// Metrics of a training step; the first and those of the last tenth of a phase's steps count.
  void add_step(const std::string& phase, int64_t step, const std::string& term,
                const std::map<std::string, double>& metrics);

  /// The probe that a measurement names, by name or else by type, in that phase.
  const ComposedProbe* probe_of(const std::string& measure, const std::string& phase) const;
  std::optional<Reading> read(const std::string& measure, const std::string& phase,
                              const Cell& cell, Endpoint at) const;
  /// The same of a probe by its own name.
  std::optional<Reading> reading(const std::string& probe, const std::string& phase,
                                 const Cell& cell, Endpoint at) const;
  /// At the first step that had it; at the end the mean over the last tenth of the phase's steps,
  /// as one batch alone decides by chance. Steps that had none do not count.
  std::optional<double> metric(const std::string& phase, const std::string& term,
                               const std::string& name, Endpoint at) const;
  bool has_metrics(const std::string& phase, const std::string& term) const;
  /// Per-item values of a cell at its best regular evaluation; nullptr where there is none.
  const std::vector<double>* best_items(const std::string& probe, const std::string& phase,
                                        const Cell& cell) const;

  Value state() const;
  /// What `state` gave. Throws Error where it is damaged.
  void restore(const Value& state);

 private:
  struct Series {
    std::optional<Reading> start, end, best;
    std::vector<double> best_items;
  };
  struct Mean {
    double sum = 0;
    int64_t count = 0;
  };
  /// probe, phase, rows, prefix, and an aggregate where it is one
  using Key = std::vector<std::string>;
  std::optional<Reading> reading(const Key& key, Endpoint at) const;
  /// Whether it is the best so far.
  bool add(const Evaluation& evaluation, const Key& key, double value, const Scale& scale);
  const Composition& composition_;
  std::map<Key, Series> series_;
  struct Metrics {
    std::map<std::string, double> first;
    std::map<std::string, Mean> late;
  };
  std::map<std::pair<std::string, std::string>, Metrics> metrics_;
};

}  // namespace leakprobe
