#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/freezing.h"
#include "leakprobe/kind.h"
#include "leakprobe/measure.h"
#include "leakprobe/objective.h"
#include "leakprobe/slot.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"
#include "leakprobe/weights_ref.h"

namespace leakprobe {

/// One weighted part of a phase's loss. As a parameter of a phase, a member `Term` or
/// `Named<Term>`, it is in the file a mapping {objective, pairs | rows, reference, weight, batch};
/// the phase gives it its name.
struct Term {
  std::string name;
  Slot<Objective> objective;
  Stream stream;
  /// The model whose log-probabilities the objective compares with; the phase's own start where it
  /// is not given.
  WeightsRef reference = {};
  double weight = 1.0;
  /// Items a step; the phase's batch where it is not given.
  std::optional<int64_t> batch = {};
  std::string path = {};     ///< where in the experiment it is; "" = where its stream is
  bool is_of_pairs = false;  ///< whether the file gives the stream as `pairs`
};

namespace detail {

/// A term as a file has it.
struct TermKeys {
  Slot<Objective> objective;
  std::optional<Stream> pairs, rows;
  WeightsRef reference;
  double weight = 1.0;
  std::optional<int64_t> batch;
  static void declare(Schema<TermKeys>& schema);
};

}  // namespace detail

template <>
struct ParameterType<Term> {
  static std::string name() { return "term"; }
  static Value schema() { return ParameterType<detail::TermKeys>::schema(); }
  static std::vector<Field> fields() { return ParameterType<detail::TermKeys>::fields(); }
  static bool read(Term& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(const Term& term);
};

/// What a phase does, as a value: checked, shown by `resolve` and handed to the ledger before
/// anything is trained. One engine executes every plan. A plan without terms trains nothing. Names
/// of terms are their own, and so are those of gates.
struct Plan {
  std::vector<Term> terms;
  /// What makes the outcome valid. `phase` is filled in by the engine.
  std::vector<Measurement> gates;
};

/// What a phase may know of the experiment when it plans.
struct PlanContext {
  std::string phase;  ///< the phase's name
  const TaskFacts& task;
  WeightsRef from = {};  ///< the weights that it starts from, never without a name
};

struct PhaseFacts {};

/// Turns options into a plan. The one kind that is made while an experiment is being checked, since
/// its plan is what is checked: constructors and plan() only compute.
///
/// A plugin's class has `struct Options` and a constructor `(const Options&)`. The keys name, type,
/// from, skip, steps, batch, freeze, optimizer, schedule, gates and waive belong to the engine.
///
/// Its examples (plugin.h), as those of other kinds, may name what is there where plugins are tried
/// out: the sets random (fresh rows), useful (12 of them), held_out (4, never positive) and
/// control, the prefixes regular and reverse, and all plugins of the installation.
class Phase {
 public:
  static constexpr Kind kKind = Kind::phase;
  using Interface = Phase;
  using Facts = PhaseFacts;
  virtual ~Phase() = default;
  virtual Plan plan(const PlanContext& context) const = 0;
};

}  // namespace leakprobe
