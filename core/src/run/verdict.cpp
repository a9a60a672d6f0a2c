#include "run/verdict.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "compose/measurements.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

const char* text_of(GateOutcome::Outcome outcome) {
  switch (outcome) {
    case GateOutcome::Outcome::passed:
      return "passed";
    case GateOutcome::Outcome::failed:
      return "failed";
    case GateOutcome::Outcome::waived:
      return "waived";
    case GateOutcome::Outcome::not_applicable:
      return "not_applicable";
  }
  return "";
}

const char* text_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::start:
      return "start";
    case Endpoint::end:
      return "end";
    case Endpoint::maximum:
      return "maximum";
  }
  return "";
}

/// Both sides of one cell of a measurement, each at its own endpoint.
struct Sides {
  Reading set;
  std::optional<Reading> subtracted;
  double difference() const { return set.value - (subtracted ? subtracted->value : 0.0); }
};

class SideReader {
 public:
  SideReader(const Composition& composition, const Evidence& evidence)
      : composition_(composition), evidence_(evidence) {}

  std::optional<Sides> sides(const Measurement& measurement, const Cell& cell) const {
    const auto set = evidence_.read(measurement.measure, measurement.phase, cell, measurement.at);
    if (!set) return std::nullopt;
    Sides sides{*set, std::nullopt};
    if (measurement.minus.kind == Minus::Kind::nothing) return sides;
    sides.subtracted = subtracted(measurement, cell);
    if (!sides.subtracted) return std::nullopt;
    return sides;
  }

  std::optional<Reading> subtracted(const Measurement& measurement, const Cell& cell) const {
    const Minus& minus = measurement.minus;
    switch (minus.kind) {
      case Minus::Kind::nothing:
        return std::nullopt;
      case Minus::Kind::control:
        return evidence_.read(measurement.measure, measurement.phase,
                              compared_cell(minus, cell, composition_.task.facts()),
                              measurement.at);
      case Minus::Kind::start:
        return evidence_.read(measurement.measure, measurement.phase, cell, Endpoint::start);
      case Minus::Kind::chance:
        if (!composition_.task.facts().chance) return std::nullopt;
        return Reading{*composition_.task.facts().chance, kBeforeFirstStep};
      case Minus::Kind::other:
        return evidence_.read(minus.measure.value_or(measurement.measure),
                              minus.phase.value_or(measurement.phase),
                              compared_cell(minus, cell, composition_.task.facts()),
                              minus.at.value_or(measurement.at));
    }
    return std::nullopt;
  }

  /// The task's chance where the measure is a log-probability, so that value - chance is a leak.
  double chance(const std::string& measure, const std::string& phase) const {
    const ComposedProbe* probe = evidence_.probe_of(measure, phase);
    if (!probe || !probe->probe.facts().log_probability) return 0.0;
    return composition_.task.facts().chance.value_or(0.0);
  }

 private:
  const Composition& composition_;
  const Evidence& evidence_;
};

/// How far inside its bound a value lies: the smallest of several decides a gate.
double margin(const Bound& bound, double value) {
  switch (bound.kind) {
    case Bound::Kind::above:
      return value - bound.value;
    case Bound::Kind::below:
      return bound.value - value;
    case Bound::Kind::within:
      return bound.value - std::abs(value);
  }
  return 0;
}

GateOutcome judge(const Measurement& gate, bool waived, const SideReader& reader,
                  const Evidence& evidence) {
  GateOutcome outcome;
  outcome.phase = gate.phase;
  outcome.name = gate.name;
  outcome.bound = gate.bound->text();
  if (gate.not_applicable) {
    outcome.outcome = GateOutcome::Outcome::not_applicable;
    outcome.note = *gate.not_applicable;
    return outcome;
  }
  if (!gate.term.empty()) {
    outcome.value = evidence.metric(gate.phase, gate.term, gate.measure, gate.at);
  }
  for (const Cell& cell : gate.cells) {
    const auto sides = reader.sides(gate, cell);
    if (!sides) {
      outcome.value.reset();
      break;
    }
    const double value = sides->difference();
    if (!outcome.value || margin(*gate.bound, value) < margin(*gate.bound, *outcome.value)) {
      outcome.value = value;
      outcome.note = cell.name() + " with prefix " + cell.prefix;
    }
  }
  // A gate that could not be read has not been passed.
  const bool holds =
      outcome.value && std::isfinite(*outcome.value) && gate.bound->holds(*outcome.value);
  if (!outcome.value) outcome.note = "was not measured";
  outcome.outcome = waived  ? GateOutcome::Outcome::waived
                    : holds ? GateOutcome::Outcome::passed
                            : GateOutcome::Outcome::failed;
  return outcome;
}

Value to_value(const GateOutcome& gate) {
  Value value = Value::map();
  value.set("phase", gate.phase);
  value.set("name", gate.name);
  value.set("value", gate.value && std::isfinite(*gate.value) ? Value(*gate.value) : Value());
  value.set("bound", gate.bound);
  value.set("outcome", text_of(gate.outcome));
  if (!gate.note.empty()) value.set("note", gate.note);
  return value;
}

Value to_value(const Minus& minus) {
  switch (minus.kind) {
    case Minus::Kind::nothing:
      return "nothing";
    case Minus::Kind::control:
      return "control";
    case Minus::Kind::start:
      return "start";
    case Minus::Kind::chance:
      return "chance";
    case Minus::Kind::other:
      break;
  }
  Value value = Value::map();
  if (minus.measure) value.set("measure", *minus.measure);
  if (minus.rows) value.set("set", minus.rows->name());
  if (minus.prefix) value.set("prefix", *minus.prefix);
  if (minus.phase) value.set("phase", *minus.phase);
  if (minus.at) value.set("at", text_of(*minus.at));
  return value;
}

Value claim_value(const Composition& composition, const SideReader& reader) {
  const Measurement& claim = *composition.claim;
  const Cell& cell = claim.cells.front();
  Value value = Value::map();
  value.set("measure", claim.measure);
  value.set("set", cell.name());
  value.set("prefix", cell.prefix);
  value.set("phase", claim.phase);
  value.set("at", text_of(claim.at));
  value.set("minus", to_value(claim.minus));
  const auto sides = reader.sides(claim, cell);
  if (!sides) return value;
  const double chance = reader.chance(claim.measure, claim.phase);
  const double leak = sides->set.value - chance;
  value.set("step", sides->set.step);
  value.set("value", sides->set.value);
  value.set("leak", leak);
  if (claim.minus.kind != Minus::Kind::nothing && claim.minus.kind != Minus::Kind::chance) {
    value.set("control_leak", sides->subtracted->value - chance);
    value.set("control_step", sides->subtracted->step);
  }
  value.set("effect", sides->subtracted ? sides->difference() : leak);
  value.set("relative_increase", std::expm1(leak));
  // Behind a prefix that pushes everything down the control sinks too, so that the difference alone
  // would call a mere lack of sinking a leak.
  const bool has_chance = composition.task.facts().chance.has_value();
  value.set("leaks", (!has_chance || leak > 0) && sides->difference() > 0);
  return value;
}

}  // namespace

std::vector<GateOutcome> judge_gates(const Composition& composition, const Evidence& evidence,
                                     const Ledger& ledger) {
  const SideReader reader(composition, evidence);
  std::vector<GateOutcome> outcomes;
  for (const ComposedPhase& phase : composition.phases) {
    for (const Measurement& gate : phase.gates) {
      const bool waived =
          std::find(phase.waived.begin(), phase.waived.end(), gate.name) != phase.waived.end();
      outcomes.push_back(judge(gate, waived, reader, evidence));
    }
  }
  GateOutcome never;
  never.name = "never_pushed_up";
  never.bound = "0";
  if (ledger.protected_rows() == 0) {
    never.outcome = GateOutcome::Outcome::not_applicable;
    never.note = "no set has the role never_positive";
  } else {
    never.value = ledger.pushed_up_share();
    never.outcome =
        ledger.pushed_up_steps() == 0 ? GateOutcome::Outcome::passed : GateOutcome::Outcome::failed;
    never.note = "share of steps in which a protected row was pushed up";
  }
  outcomes.push_back(std::move(never));
  return outcomes;
}

Value make_result(const Composition& composition, const Evidence& evidence, const Ledger& ledger,
                  std::optional<int64_t> limit_steps) {
  const std::vector<GateOutcome> gates = judge_gates(composition, evidence, ledger);
  Value reasons = Value::list();
  Value gate_values = Value::list();
  bool valid = true;
  for (const GateOutcome& gate : gates) {
    gate_values.push_back(to_value(gate));
    if (gate.outcome != GateOutcome::Outcome::failed) continue;
    valid = false;
    const std::string where = gate.phase.empty() ? gate.name : gate.phase + "." + gate.name;
    std::string measured = " was not measured";
    if (gate.value) {
      measured = std::isfinite(*gate.value) ? " is " + to_json(Value(*gate.value))
                                            : std::string(" is not a finite number");
    }
    reasons.push_back("gate " + where + measured + ", must be " + gate.bound);
  }
  Value claim;
  if (composition.claim) {
    claim = claim_value(composition, SideReader(composition, evidence));
    if (!claim.find("effect")) {
      valid = false;
      reasons.push_back("the claim was not measured");
    }
  }
  if (limit_steps) {
    reasons = Value::list();
    reasons.push_back("limited to " + std::to_string(*limit_steps) +
                      " steps a phase: this is no result");
  }
  Value declared = Value::map();
  declared.set("protected_rows", static_cast<int64_t>(ledger.protected_rows()));
  // A composition that declares one is refused before it runs.
  declared.set("declared_positive", 0);
  declared.set("pushed_up_steps", ledger.pushed_up_steps());
  declared.set("steps", ledger.steps());
  declared.set("inherited_steps", ledger.inherited_steps());

  Value result = Value::map();
  result.set("version", 1);
  result.set("name", composition.name);
  result.set("seed", static_cast<int64_t>(composition.seed));
  result.set("digest", composition.digest);
  result.set("verdict", limit_steps ? "NONE" : valid ? "VALID" : "INVALID");
  result.set("reasons", std::move(reasons));
  result.set("claim", std::move(claim));
  result.set("gates", std::move(gate_values));
  result.set("ledger", std::move(declared));
  return result;
}

host::RunStatus status_of(const Value& result) {
  const std::string& verdict = result.find("verdict")->as_string();
  if (verdict == "NONE") return host::RunStatus::limited;
  return verdict == "VALID" ? host::RunStatus::valid : host::RunStatus::invalid;
}

}  // namespace leakprobe
