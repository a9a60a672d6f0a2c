#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"
#include "leakprobe/measure.h"
#include "leakprobe/random.h"
#include "leakprobe/rows.h"
#include "leakprobe/sampling.h"

namespace leakprobe {

/// The model as probes see it: without gradients, f32 log-softmax, never changed. The engine's has
/// all of it. A test's double of it overrides score, logits and what its probe asks for besides:
/// the others throw an Error that names what is missing.
class ProbedModel {
 public:
  virtual ~ProbedModel() = default;
  /// For each row the log-probabilities of its scored tokens, in nats, in the row's order.
  virtual std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) = 0;
  /// For each row the logits (scored tokens, vocabulary) f32 that predict its scored tokens.
  virtual std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) = 0;
  /// For each row the residual stream (scored tokens, width) f32 from which its scored tokens are
  /// predicted, as it is at the end of block `block`, counted from 0.
  virtual std::vector<torch::Tensor> residuals(const std::vector<const Row*>& /*rows*/,
                                               int64_t /*block*/) {
    fail_without("residuals");
  }
  /// Logits (states, vocabulary) f32 of a residual stream (states, width): final norm and head.
  virtual torch::Tensor unembed(const torch::Tensor& /*states*/) { fail_without("unembed"); }
  /// Continues prompts, tokens of a row before what is made; row i draws from `random.at(i)`, so
  /// that it does not depend on the others.
  virtual std::vector<Generated> generate(const std::vector<std::vector<int64_t>>& /*prompts*/,
                                          const Sampling& /*sampling*/,
                                          const RandomStream& /*random*/) {
    fail_without("generate");
  }
  virtual int64_t blocks() const { fail_without("blocks"); }

 private:
  [[noreturn]] static void fail_without(const char* function);
};

/// One cell to measure and its rows.
struct ProbeCell {
  Cell cell;
  std::vector<Row> rows;
  /// Which of the cells has the control's rows behind the same prefix, of a probe whose facts need
  /// them; the control's own is itself.
  std::optional<size_t> control = std::nullopt;
};

/// What a probe found in one cell.
struct ProbeValue {
  Cell cell;
  /// The aggregate that claims and gates read, such as the mean log-probability per token.
  double value = 0;
  /// One value a row, in the rows' order.
  std::vector<double> items;
  /// Those that the facts name, in their order.
  std::vector<double> aggregates = {};
  /// Along the facts' axis, from left to right.
  struct Point {
    double at = 0;  ///< a layer, a position, a number of guesses
    double value = 0;
  };
  std::vector<Point> along = {};
};

/// What a probe's values are. Whatever is said of them (closing lines, result.json, reports,
/// figures) follows these facts, and so does which evaluation `at: maximum` reads.
struct ProbeFacts {
  /// Whether values are mean log-probabilities per scored token: nats per token, a larger one is
  /// more leak, chance is the task's, and a difference d is a relative increase of exp(d) - 1. What
  /// follows is for other probes.
  bool log_probability = true;
  /// What is counted, for people: "bits", "log2 rank", "secrets"; "" = not said. Of "log2 guesses"
  /// conclusions also say how many times fewer an attacker needs.
  std::string unit = {};
  enum class Direction {
    larger,   ///< a larger value is more leak
    smaller,  ///< such as a rank
    either,   ///< one farther from `chance`, on either side of it
  };
  friend constexpr auto words_of(Direction) {
    return std::array{Word{Direction::larger, "larger", "a larger value is more leak"},
                      Word{Direction::smaller, "smaller", "a smaller value is more leak"},
                      Word{Direction::either, "either", "one farther from chance is more leak"}};
  }
  Direction direction = Direction::larger;
  /// The value where nothing leaks, such as 0.5 for an area under the ROC curve; none where there
  /// is no such value. `either` needs one.
  std::optional<double> chance = std::nullopt;
  /// A further number of each cell, which claims and gates read as "<probe>/<name>".
  struct Aggregate {
    std::string name;
    std::string unit = {};
    Direction direction = Direction::larger;
    std::optional<double> chance = std::nullopt;
    /// Whether it tells how much leaks. What does not, such as the most that there can be, is
    /// shown, and no claim or gate may read it.
    bool is_leak = true;
    /// Whether it depends on how many rows a cell has, as the least of them does: of a claim that
    /// compares different numbers of rows that is said.
    bool by_rows = false;
  };
  std::vector<Aggregate> aggregates = {};
  /// Along what each cell is measured as well: "layer", "position", "guesses"; "" = along nothing.
  std::string axis = {};
  /// Whether a cell's rows are compared with the control's behind the same prefix: these are then
  /// measured in the same call, and a task that has none is refused before anything runs.
  bool needs_control = false;

  /// The aggregate of that name; nullptr where there is none.
  const Aggregate* find(const std::string& name) const;
};

/// Measures a model. The engine chooses the cells (sets x prefixes) and the rows.
///
/// A plugin's class has `struct Options`, `static ProbeFacts facts(const Options&)` (without it
/// nothing is known of its values: no unit, no chance) and a
/// constructor `(const Options&, const Context&)`. The keys name, type, every, phases, rows, sets
/// and prefixes belong to the engine.
class Probe {
 public:
  static constexpr Kind kKind = Kind::probe;
  using Interface = Probe;
  using Facts = ProbeFacts;
  virtual ~Probe() = default;
  /// Refuses what `measure` can make no value of, such as too few rows: throws an Error that says
  /// what to change. Asked before a run's first step, and by validate, of all the cells that there
  /// will be. `vocabulary`: the tokens that the model knows; none where its files are missing.
  virtual void check(const std::vector<ProbeCell>& /*cells*/,
                     const std::optional<int64_t>& /*vocabulary*/) const {}
  /// One value a cell, in the cells' order. Rows of all cells should go to the model in one call.
  /// What the model gives is read, not overwritten.
  virtual std::vector<ProbeValue> measure(ProbedModel& model,
                                          const std::vector<ProbeCell>& cells) const = 0;
};

}  // namespace leakprobe
