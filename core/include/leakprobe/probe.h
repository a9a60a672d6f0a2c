#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"
#include "leakprobe/measure.h"
#include "leakprobe/rows.h"

namespace leakprobe {

/// The model as probes see it: without gradients, f32 log-softmax, never changed.
class ProbedModel {
 public:
  virtual ~ProbedModel() = default;
  /// For each row the log-probabilities of its scored tokens, in nats, in the row's order.
  virtual std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) = 0;
  /// For each row the logits (scored tokens, vocabulary) f32 that predict its scored tokens.
  virtual std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) = 0;
};

/// One cell to measure and its rows.
struct ProbeCell {
  Cell cell;
  std::vector<Row> rows;
};

/// What a probe found in one cell.
struct ProbeValue {
  Cell cell;
  /// The aggregate that claims and gates read, such as the mean log-probability per token.
  double value = 0;
  /// One value a row, in the rows' order.
  std::vector<double> items;
};

struct ProbeFacts {
  /// Whether values are mean log-probabilities per token, so that a task's chance can be taken off.
  bool log_probability = true;
};

/// Measures a model. The engine chooses the cells (sets x prefixes) and the rows.
///
/// A plugin's class has `struct Options`, `static ProbeFacts facts(const Options&)` and a
/// constructor `(const Options&, const Context&)`. The keys name, type, every, phases, rows, sets
/// and prefixes belong to the engine.
class Probe {
 public:
  static constexpr Kind kKind = Kind::probe;
  using Interface = Probe;
  using Facts = ProbeFacts;
  virtual ~Probe() = default;
  /// One value a cell, in the cells' order. Rows of all cells should go to the model in one call.
  virtual std::vector<ProbeValue> measure(ProbedModel& model,
                                          const std::vector<ProbeCell>& cells) const = 0;
};

}  // namespace leakprobe
