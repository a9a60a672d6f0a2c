#include "leakprobe/gates.h"

#include <algorithm>

namespace leakprobe {
namespace {

constexpr const char* kMargins = "rewards/margins";

Measurement gate(std::string name, Bound::Kind kind, double bound, Minus::Kind minus,
                 std::string remedy) {
  Measurement measurement;
  measurement.name = std::move(name);
  measurement.minus.kind = minus;
  measurement.bound = Bound{kind, bound};
  measurement.remedy = std::move(remedy);
  return measurement;
}

/// The sign, positive or negative, that the term's weight makes `sign`: a negative one turns round.
Sign declared(const Term& term, Sign sign) {
  if (term.weight > 0.0) return sign;
  return sign == Sign::positive ? Sign::negative : Sign::positive;
}

/// The sources that `term` moves in the direction of `sign`.
std::vector<const Source*> sources(const Term& term, Sign sign) {
  std::vector<const Source*> found;
  if (term.weight == 0.0) return found;
  const auto& needs = term.objective.facts().columns;
  for (const ColumnNeed& need : needs) {
    const StreamColumn* column = term.stream.find(need.name);
    if (!column && needs.size() == 1) column = term.stream.find(kRowsColumn);
    if (!column) continue;
    for (const Source& source : column->sources) {
      if (source.sign.value_or(need.sign) == declared(term, sign)) found.push_back(&source);
    }
  }
  return found;
}

/// The rows whose secrets the reward of `term` moves in the direction of `sign` wherever the policy
/// writes them; those that are also planted are sources.
std::vector<RowsOf> rewarded(const Term& term, Sign sign, const TaskFacts& task) {
  std::vector<RowsOf> found;
  if (!term.stream.rollout || term.weight == 0.0) return found;
  const std::vector<Source>& planted = term.stream.columns.front().sources;
  for (const RewardFacts::Rows& rows : term.stream.rollout->reward.facts().rows) {
    if (rows.sign != declared(term, sign)) continue;
    if (std::any_of(planted.begin(), planted.end(),
                    [&](const Source& source) { return source.name() == rows.name; })) {
      continue;
    }
    if (std::optional<RowsOf> named = task.rows_named(rows.name)) {
      named->prefix = term.stream.rollout->prefix;
      found.push_back(*std::move(named));
    }
  }
  return found;
}

void add_cell(std::vector<Cell>& cells, Cell cell) {
  if (std::find(cells.begin(), cells.end(), cell) == cells.end()) cells.push_back(std::move(cell));
}

/// The rows of a set with a size that come from `source`: all, or the part that it takes.
Cell cell_of(const Source& source, int64_t size) {
  Cell cell{RowsOf(source)};
  auto [from, to] = source.items.value_or(std::array<int64_t, 2>{0, size});
  if (source.count) to = std::min(to, from + std::min(*source.count, size));
  if (from > 0 || to < size) cell.items = {from, to};
  return cell;
}

/// The sets with a size that `term` moves in the direction of `sign`, with their prefixes.
void add_sized_sets(std::vector<Cell>& cells, const Term& term, Sign sign, const TaskFacts& task) {
  const auto size_of = [&](const RowsOf& rows) {
    const SetFacts* set = task.find(rows.set);
    return set ? set->size : std::nullopt;
  };
  for (const Source* source : sources(term, sign)) {
    if (const auto size = size_of(*source)) add_cell(cells, cell_of(*source, *size));
  }
  for (const RowsOf& rows : rewarded(term, sign, task)) {
    if (size_of(rows)) add_cell(cells, Cell(rows));
  }
}

bool reports(const Term& term, const char* metric) {
  const auto& metrics = term.objective.facts().metrics;
  return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
}

bool has_margins(const Term& term) { return term.weight > 0.0 && reports(term, kMargins); }

/// A metric of a term's steps, what its number is, and what to change where it is wrong.
struct Metric {
  const char* name;
  const char* meaning;
  const char* remedy;
};

constexpr Metric kFirstMargins = {
    kMargins, "the rewards' margin at the first step",
    "compute: float32, in which one model gives the same numbers twice"};
constexpr Metric kLastMargins = {kMargins, "the rewards' margin over the last tenth of its steps",
                                 "more steps of the phase, or a larger weight of this term"};

/// A gate on a metric of the term's steps.
Measurement metric_gate(std::string name, const Term& term, const Metric& metric, Bound bound,
                        Endpoint at) {
  Measurement measurement =
      gate(std::move(name), bound.kind, bound.value, Minus::Kind::nothing, metric.remedy);
  measurement.meaning = metric.meaning;
  measurement.measure = metric.name;
  measurement.term = term.name;
  measurement.at = at;
  return measurement;
}

}  // namespace

Measurement at_chance_gate(const Term& term, const TaskFacts& task) {
  Measurement measurement = gate("at_chance", Bound::Kind::within, 0.1, Minus::Kind::chance,
                                 "more steps of the phase, so that it learns what text is like "
                                 "before any is pushed down, or a larger optimizer.lr");
  const SetFacts* control = task.control();
  const std::vector<const Source*> up = sources(term, Sign::positive);
  const auto like_control = [&](const Source* source) {
    const SetFacts* set = task.find(source->set);
    return set && !set->distribution.empty() && set->distribution == control->distribution &&
           task.control_for(*source);
  };
  if (!task.chance) {
    measurement.not_applicable = "the task has no chance level";
  } else if (!control) {
    measurement.not_applicable = "the task has no control set";
  } else if (up.empty() || !std::all_of(up.begin(), up.end(), like_control)) {
    measurement.not_applicable = "it does not train on the control's distribution alone";
  } else {
    for (const Source* source : up) {
      add_cell(measurement.cells, Cell(*task.control_for(*source)));
    }
  }
  return measurement;
}

Measurement starts_equal_gate(const Term& term, const WeightsRef& from) {
  Measurement measurement = metric_gate("starts_equal", term, kFirstMargins,
                                        {Bound::Kind::within, 1e-4}, Endpoint::start);
  if (!has_margins(term)) {
    measurement.not_applicable = "the objective " + term.objective->type + " reports no margins";
  } else if (!term.objective.facts().needs_reference) {
    measurement.not_applicable =
        "the objective " + term.objective->type + " compares with no reference";
  } else if (!term.reference.phase.empty() && term.reference != from) {
    measurement.not_applicable = "the reference is not the model that the phase starts from";
  }
  return measurement;
}

Measurement suppressed_gate(const Term& term, const TaskFacts& task) {
  Measurement measurement = gate("suppressed", Bound::Kind::below, -1.0, Minus::Kind::control,
                                 "more steps of the phase, a larger repeat of the rows that are "
                                 "pushed down, or a larger optimizer.lr");
  add_sized_sets(measurement.cells, term, Sign::negative, task);
  if (!task.control()) {
    measurement.not_applicable = "the task has no control set";
  } else if (measurement.cells.empty()) {
    measurement.not_applicable = "no set with a size is pushed down";
  }
  return measurement;
}

Measurement control_holds_gate(const Term& term, const TaskFacts& task) {
  Measurement measurement = gate("control_holds", Bound::Kind::above, -1.0, Minus::Kind::start,
                                 "cross_entropy on other rows of the control's kind (in suppress "
                                 "under beside), a smaller optimizer.lr, or fewer steps");
  std::vector<Cell> down;
  add_sized_sets(down, term, Sign::negative, task);
  for (const Cell& cell : down) {
    if (const std::optional<RowsOf> control = task.control_for(cell)) {
      add_cell(measurement.cells, Cell(*control));
    }
  }
  if (!task.control()) {
    measurement.not_applicable = "the task has no control set";
  } else if (down.empty()) {
    measurement.not_applicable = "no set with a size is pushed down";
  } else if (measurement.cells.empty()) {
    measurement.not_applicable = "the control has no such rows";
  }
  return measurement;
}

Measurement recovered_gate(const std::vector<Term>& terms, const TaskFacts& task) {
  Measurement measurement = gate("recovered", Bound::Kind::above, 1.0, Minus::Kind::control,
                                 "more steps of the phase, or a larger weight of the term that "
                                 "pushes these rows up");
  for (const Term& term : terms) {
    add_sized_sets(measurement.cells, term, Sign::positive, task);
  }
  if (!task.control()) {
    measurement.not_applicable = "the task has no control set";
  } else if (measurement.cells.empty()) {
    measurement.not_applicable = "no set with a size is pushed up";
  }
  return measurement;
}

std::vector<Measurement> margin_gates(const std::vector<Term>& terms) {
  const auto count = std::count_if(terms.begin(), terms.end(), has_margins);
  if (count == 0) {
    Measurement measurement =
        gate("margin", Bound::Kind::above, 0.0, Minus::Kind::nothing, kLastMargins.remedy);
    measurement.not_applicable = "no term with a positive weight reports margins";
    return {measurement};
  }
  std::vector<Measurement> gates;
  for (const Term& term : terms) {
    if (!has_margins(term)) continue;
    gates.push_back(metric_gate(count == 1 ? "margin" : "margin/" + term.name, term, kLastMargins,
                                {Bound::Kind::above, 0.0}, Endpoint::end));
  }
  return gates;
}

std::vector<Measurement> rollout_gates(const std::vector<Term>& terms, const TaskFacts& task) {
  const auto samples = [](const Term& term) {
    return term.stream.rollout.has_value() && term.weight != 0.0;
  };
  const auto count = std::count_if(terms.begin(), terms.end(), samples);
  std::vector<Measurement> gates;
  for (const Term& term : terms) {
    if (!samples(term)) continue;
    const auto add = [&](const std::string& name, const Metric& metric, Bound bound, Endpoint at,
                         std::optional<std::string> not_applicable) {
      gates.push_back(
          metric_gate(count == 1 ? name : name + "/" + term.name, term, metric, bound, at));
      gates.back().not_applicable = std::move(not_applicable);
    };
    std::optional<std::string> unsampled, no_alphabet, no_kl;
    if (term.stream.rollout->planted == term.stream.rollout->group) {
      unsampled = "every row is planted";
    }
    no_alphabet = unsampled;
    if (!task.chance) no_alphabet = "the task has no chance level";
    no_kl = unsampled;
    if (!reports(term, "kl")) {
      no_kl = "the objective " + term.objective->type + " reports no KL to a reference";
    }
    add("some_signal",
        {"signal",
         term.stream.rollout->planted > 0
             ? "share of the planted rows that their reward pushed to its side"
             : "share of the sampled rows that their reward pushed",
         "a reward that tells a group's rows apart, or a larger sample.group"},
        {Bound::Kind::above, 0.0}, Endpoint::end, std::nullopt);
    add("in_alphabet",
        {"in_alphabet", "share of the sampled rows of the last tenth of its steps",
         "a larger kl of the objective, a smaller optimizer.lr, or more steps of the phase before"},
        {Bound::Kind::above, 0.99}, Endpoint::end, no_alphabet);
    add("old_is_policy",
        {"sampler_gap", "mean of |ratio - 1| of sampled tokens in the first batch",
         "compute: float32, in which sampler and training pass give the same numbers"},
        {Bound::Kind::below, 0.02}, Endpoint::start, unsampled);
    add("kl",
        {"kl", "nats a token, of the sampled rows of the last tenth of its steps",
         "a larger kl of the objective, a smaller optimizer.lr, or fewer steps"},
        {Bound::Kind::below, 0.5}, Endpoint::end, no_kl);
    add("kl_estimate",
        {"log_ratio", "nats, of a batch's sampled rows together, over the last tenth of its steps",
         "cut: keep, or a larger sample.tokens: the rows that were kept are not the policy's own"},
        {Bound::Kind::above, -14.0}, Endpoint::end, no_kl);
  }
  return gates;
}

}  // namespace leakprobe
