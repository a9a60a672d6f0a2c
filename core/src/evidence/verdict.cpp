#include "evidence/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "compose/sides.h"
#include "evidence/protection.h"
#include "evidence/row_counts.h"
#include "leakprobe/error.h"
#include "records/claim_result.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

/// The sides of one cell of a measurement, each read at its own endpoint.
struct Sides {
  struct Read {
    Side side;
    Reading reading;
  };
  std::vector<Read> all;         ///< the cell's own first
  std::optional<double> chance;  ///< the level that is taken off

  const Reading& set() const { return all.front().reading; }
  double difference() const {
    double sum = all.front().reading.value - chance.value_or(0.0);
    for (size_t i = 1; i < all.size(); ++i) sum += all[i].side.sign * all[i].reading.value;
    return sum;
  }
};

class SideReader {
 public:
  SideReader(const Composition& composition, const Evidence& evidence)
      : composition_(composition), evidence_(evidence) {}

  std::optional<Sides> sides(const Measurement& measurement, const Cell& cell) const {
    Sides sides;
    for (const Side& side : sides_of(measurement, cell, composition_.task.facts())) {
      const auto reading = evidence_.read(side.measure, side.phase, side.cell, side.at);
      if (!reading) return std::nullopt;
      sides.all.push_back({side, *reading});
    }
    if (measurement.minus.kind != Minus::Kind::chance) return sides;
    sides.chance = scale(measurement).chance;
    if (!sides.chance) return std::nullopt;
    return sides;
  }

  Scale scale(const Measurement& measurement) const { return scale_of(measurement, composition_); }

 private:
  const Composition& composition_;
  const Evidence& evidence_;
};

/// How far inside its bound a value lies: the smallest of several decides a gate. What is no number
/// is farther outside than any.
double margin(const Bound& bound, double value) {
  if (std::isnan(value)) return -std::numeric_limits<double>::infinity();
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

Value to_value(const Minus& minus) {
  if (minus.kind != Minus::Kind::other) return word_of(minus.kind);
  Value value = Value::map();
  if (minus.measure) value.set("measure", *minus.measure);
  if (minus.rows) value.set("set", minus.rows->name());
  if (minus.prefix) value.set("prefix", *minus.prefix);
  if (minus.phase) value.set("phase", *minus.phase);
  if (minus.at) value.set("at", word_of(*minus.at));
  return value;
}

/// ", less control": what is taken off a gate's cells.
std::string less_words(const Measurement& gate) {
  std::string words;
  for (const Minus& minus : taken_off(gate)) {
    if (minus.kind == Minus::Kind::nothing) continue;
    const Value value = to_value(minus);
    words += ", less " + taken_off_words(&value);
  }
  return words;
}

GateOutcome judge(const Measurement& gate, bool waived, const SideReader& reader,
                  const Evidence& evidence) {
  GateOutcome outcome;
  outcome.phase = gate.phase;
  outcome.name = gate.name;
  outcome.bound = gate.bound->text();
  outcome.unit = reader.scale(gate).unit;
  if (gate.not_applicable) {
    outcome.outcome = GateOutcome::Outcome::not_applicable;
    outcome.note = *gate.not_applicable;
    return outcome;
  }
  if (!gate.term.empty()) {
    outcome.value = evidence.metric(gate.phase, gate.term, gate.measure, gate.at);
    outcome.note = gate.meaning;
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
      outcome.note = cell.name() + " with prefix " + cell.prefix + less_words(gate);
    }
  }
  // A gate that could not be read has not been passed.
  outcome.held =
      outcome.value && std::isfinite(*outcome.value) && gate.bound->holds(*outcome.value);
  if (!outcome.value) outcome.note = "was not measured";
  outcome.outcome = waived         ? GateOutcome::Outcome::waived
                    : outcome.held ? GateOutcome::Outcome::passed
                                   : GateOutcome::Outcome::failed;
  outcome.remedy = gate.remedy;
  return outcome;
}

Value to_value(const GateOutcome& gate) {
  Value value = Value::map();
  value.set("phase", gate.phase);
  value.set("name", gate.name);
  value.set("value", gate.value && std::isfinite(*gate.value) ? Value(*gate.value) : Value());
  value.set("bound", gate.bound);
  value.set("unit", gate.unit.empty() ? Value() : Value(gate.unit));
  value.set("outcome", word_of(gate.outcome));
  if (gate.outcome != GateOutcome::Outcome::not_applicable) value.set("held", gate.held);
  if (!gate.note.empty()) value.set("note", gate.note);
  // Without a number something else is broken than what a remedy is for.
  const bool missed = gate.value && std::isfinite(*gate.value) && !gate.held;
  if (missed && !gate.remedy.empty()) value.set("remedy", gate.remedy);
  return value;
}

/// What is taken off, in the form of a claim's `minus`.
Value minus_value(const Measurement& claim) {
  if (claim.then.empty()) return to_value(claim.minus);
  Value list = Value::list();
  for (const Minus& minus : taken_off(claim)) list.push_back(to_value(minus));
  return list;
}

Value to_value(const Sides::Read& read) {
  Value value = Value::map();
  value.set("sign", static_cast<int64_t>(read.side.sign));
  value.set("measure", read.side.measure);
  value.set("set", read.side.cell.name());
  value.set("prefix", read.side.cell.prefix);
  value.set("phase", read.side.phase);
  value.set("at", word_of(read.side.at));
  value.set("step", read.reading.step);
  value.set("value", read.reading.value);
  return value;
}

/// Sets the numbers of a claim. What is taken off a leak is the leak of the other side, or of
/// several what they come to together.
void measure_claim(Value& claim, const Sides& sides, const Scale& scale) {
  const double leak = scale.leak(sides.set().value);
  claim.set("step", sides.set().step);
  claim.set("value", sides.set().value);
  claim.set("leak", leak);
  if (sides.all.size() == 1) {
    claim.set("effect", leak);
    return;
  }
  double others = 0;
  for (size_t i = 1; i < sides.all.size(); ++i) {
    others -= sides.all[i].side.sign * scale.leak(sides.all[i].reading.value);
  }
  claim.set("control_leak", others);
  if (sides.all.size() == 2) claim.set("control_step", sides.all.back().reading.step);
  const bool either = scale.direction == ProbeFacts::Direction::either;
  claim.set("effect", either ? leak - others : sides.difference());
  if (sides.all.size() == 2) return;
  Value list = Value::list();
  for (const Sides::Read& read : sides.all) list.push_back(to_value(read));
  claim.set("sides", std::move(list));
}

/// One of several, so that it can be told from the others.
Value with_name(const Measurement& claim, const Value& measured) {
  Value named = Value::map();
  named.set("name", claim.name);
  for (const Value::Entry& entry : measured.entries()) named.set(entry.key, entry.value);
  return named;
}

Value claim_value(const Measurement& claim, const SideReader& reader) {
  const Cell& cell = claim.cells.front();
  Value value = Value::map();
  value.set("measure", claim.measure);
  value.set("set", cell.name());
  value.set("prefix", cell.prefix);
  value.set("phase", claim.phase);
  value.set("at", word_of(claim.at));
  value.set("minus", minus_value(claim));
  const Scale scale = reader.scale(claim);
  if (const auto sides = reader.sides(claim, cell)) measure_claim(value, *sides, scale);
  complete_claim(value, scale);
  return value;
}

/// A gate's value as its table shows it: gates compare numbers from 1e-7 to 1e2.
std::string readable(double value) {
  const double size = std::abs(value);
  return size == 0 || size >= 5e-4 ? fmt::format("{:.3f}", value) : fmt::format("{:.3g}", value);
}

/// "suppress.suppressed is -0.095, must be below -1": a gate that did not hold.
std::string missed_words(const GateOutcome& gate) {
  const std::string where = gate.phase.empty() ? gate.name : gate.phase + "." + gate.name;
  std::string measured = " was not measured";
  if (gate.value) {
    measured = std::isfinite(*gate.value) ? " is " + readable(*gate.value)
                                          : std::string(" is not a finite number");
  }
  return where + measured + ", must be " + gate.bound;
}

/// What was waived although it did not hold; "" where nothing was.
std::string waived_words(const std::vector<GateOutcome>& gates) {
  std::vector<std::string> missed;
  for (const GateOutcome& gate : gates) {
    if (gate.outcome == GateOutcome::Outcome::waived && !gate.held) {
      missed.push_back(missed_words(gate));
    }
  }
  if (missed.empty()) return "";
  const std::string one = "But a waived gate missed its bound";
  const std::string several = "But waived gates missed their bounds";
  std::string words = (missed.size() == 1 ? one : several) + ", so that this may mean nothing: ";
  for (size_t i = 0; i < missed.size(); ++i) words += (i > 0 ? "; " : "") + missed[i];
  return words + ".";
}

/// Whether the claim is about rows that may be pushed down alone, and no loss had any of them.
bool was_never_pushed(const Measurement& claim, const Composition& composition,
                      const Ledger& ledger) {
  const Cell& cell = claim.cells.front();
  const Role& role = composition.task.facts().role_of(cell);
  const bool everywhere = role.prefixes.empty() && role.from.empty();
  // Of another run's losses that this one goes on with no more than their steps is known.
  return role.kind == Role::Kind::never_positive && everywhere && ledger.guarded().size() > 0 &&
         !ledger.may_have_used(cell) && ledger.inherited_steps() == 0;
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
  if (protected_sets(composition.task.facts()).as_list().empty()) {
    never.outcome = GateOutcome::Outcome::not_applicable;
    never.note = "no set has the role never_positive";
  } else {
    never.value = ledger.pushed_up_share();
    never.held = ledger.pushed_up_steps() == 0;
    never.outcome = never.held ? GateOutcome::Outcome::passed : GateOutcome::Outcome::failed;
    never.remedy =
        "'leakprobe audit' of the folder names the first step and its term; leave that term out, "
        "weigh it down, or give it other rows";
    never.unit = "share of steps";
    never.note = "share of steps in which a protected row was pushed up" +
                 where_protected(composition.task.facts());
  }
  outcomes.push_back(std::move(never));
  return outcomes;
}

ResultRecord make_result(const Composition& composition, const Evidence& evidence,
                         const Ledger& ledger, std::optional<int64_t> limit_steps) {
  const std::vector<GateOutcome> gates = judge_gates(composition, evidence, ledger);
  std::vector<std::string> reasons;
  Value gate_values = Value::list();
  bool valid = true;
  for (const GateOutcome& gate : gates) {
    gate_values.push_back(to_value(gate));
    if (gate.outcome != GateOutcome::Outcome::failed) continue;
    valid = false;
    reasons.push_back("gate " + missed_words(gate));
  }
  const SideReader reader(composition, evidence);
  const std::string waived = waived_words(gates);
  const auto measured = [&](const Measurement& measurement) {
    Value value = claim_value(measurement, reader);
    Value caveats = Value::list();
    if (!waived.empty()) caveats.push_back(waived);
    if (was_never_pushed(measurement, composition, ledger)) {
      caveats.push_back(never_pushed_words(value));
    }
    if (const std::string words = unequal_rows(measurement, composition); !words.empty()) {
      caveats.push_back("But " + words + ".");
    }
    value.set("caveats", std::move(caveats));
    return value;
  };
  Value claim;
  if (composition.claim) {
    claim = measured(*composition.claim);
    if (!composition.further_claims.empty()) claim = with_name(*composition.claim, claim);
    if (!claim.find("effect")) {
      valid = false;
      reasons.push_back("the claim was not measured");
    }
  }
  std::vector<Value> further;
  for (const Measurement& measurement : composition.further_claims) {
    Value named = with_name(measurement, measured(measurement));
    if (!valid || limit_steps) withdraw_conclusion(named);
    further.push_back(std::move(named));
  }
  if (limit_steps) {
    reasons = {"limited to " + counted(*limit_steps, "step") + " a phase: this is no result"};
  }
  if (claim.is_map() && (!valid || limit_steps)) withdraw_conclusion(claim);
  Value declared = Value::map();
  declared.set("protected_rows", static_cast<int64_t>(ledger.guarded().size()));
  declared.set("protected_sets", protected_sets(composition.task.facts()));
  declared.set("where", where_protected(composition.task.facts()));
  declared.set("protected_uses", ledger.protected_uses());
  // A composition that declares one is refused before it runs.
  declared.set("declared_positive", 0);
  declared.set("pushed_up_steps", ledger.pushed_up_steps());
  declared.set("steps", ledger.steps());
  declared.set("inherited_steps", ledger.inherited_steps());
  const std::vector<std::string> uncompared = ledger.uncompared();
  declared.set("uncompared", Value(Value::List(uncompared.begin(), uncompared.end())));
  const std::string control = ledger.control().text();
  if (!control.empty()) declared.set("control", control);

  ResultRecord result;
  result.name = composition.name;
  result.seed = static_cast<int64_t>(composition.seed);
  result.digest = composition.digest;
  result.verdict = limit_steps ? Verdict::none : valid ? Verdict::valid : Verdict::invalid;
  result.reasons = std::move(reasons);
  result.claim = std::move(claim);
  result.further_claims = std::move(further);
  result.gates = std::move(gate_values);
  result.ledger = std::move(declared);
  return result;
}

host::RunStatus status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return host::RunStatus::valid;
    case Verdict::invalid:
      return host::RunStatus::invalid;
    case Verdict::none:
      break;
  }
  return host::RunStatus::limited;
}

}  // namespace leakprobe
