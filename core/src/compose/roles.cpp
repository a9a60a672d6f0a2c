#include "compose/roles.h"

#include <algorithm>

#include "compose/columns.h"
#include "compose/places.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

std::string weight_text(double weight) { return to_json(Value(weight)); }

PathAndPlace at_fault(const Term& term, const ColumnNeed& need, const Source& source,
                      const PathAndPlace& weight) {
  if (sign_of(need, source) == Sign::negative) return weight;
  // The use where the stream has a name, since it is the use that is wrong.
  return {term.stream.path, term.stream.name.empty() ? source.place : term.stream.place};
}

std::string reason(const Term& term, const ColumnNeed& need, const Source& source) {
  const std::string objective = "objective " + term.objective->type;
  if (source.sign) {
    const std::string reward = "reward " + term.stream.rollout->reward->type;
    if (source.sign == Sign::negative) {
      return reward + " gives them less than other text, and the weight " +
             weight_text(term.weight) + " turns that round";
    }
    return reward + (source.sign == Sign::positive
                         ? " gives them more than other text"
                         : " does not say that it gives them less than other text");
  }
  if (need.sign == Sign::negative) {
    return objective + " pushes its column " + need.name + " down, and the weight " +
           weight_text(term.weight) + " turns that round";
  }
  if (need.sign == Sign::both) {
    return objective + " may push its column " + need.name + " either way";
  }
  return objective + " pushes its column " + need.name + " up";
}

std::string set_text(const Source& source) { return "set " + Value(source.name()).describe(); }

std::string behind(const Source& source) {
  return source.prefix == kNoPrefix ? std::string("without a prefix")
                                    : "behind prefix " + Value(source.prefix).describe();
}

/// The rows by whose secrets the reward of what the policy makes goes, but for those that are also
/// planted and so sources of the stream.
std::vector<Source> rows_to_meet(const Term& term, const TaskFacts& task) {
  const std::optional<Rollout>& rollout = term.stream.rollout;
  std::vector<Source> met;
  if (!rollout || rollout->planted == rollout->group) return met;
  for (const RewardFacts::Rows& rows : rollout->reward.facts().rows) {
    const std::vector<Source>& planted = term.stream.columns.front().sources;
    if (std::ranges::any_of(planted, [&](const Source& s) { return s.name() == rows.name; })) {
      continue;
    }
    Source source;
    static_cast<RowsOf&>(source) = task.rows_named(rows.name).value();
    source.prefix = rollout->prefix;
    source.place = rollout->reward->place;
    source.sign = rows.sign;
    met.push_back(std::move(source));
  }
  return met;
}

}  // namespace

bool check_roles(const std::string& phase, const Term& term, const PathAndPlace& weight,
                 const TaskFacts& task, const Lineage& lineage, Diagnostics& diagnostics) {
  bool good = true;
  const std::string would_be = " would be a positive target in phase " + Value(phase).describe() +
                               ", term " + Value(term.name).describe();
  const auto check = [&](const ColumnNeed& need, const Source& source, const std::string& what,
                         const std::string& remedy) {
    if (push_of(sign_of(need, source), term.weight) != Push::up) return;
    const Role& role = task.role_of(source);
    if (!role.forbids_positive(source.prefix) || !lineage.is_from(role.from, phase)) return;
    const PathAndPlace at = at_fault(term, need, source, weight);
    diagnostics.error(at.place, at.path,
                      what + ": " + reason(term, need, source) + ", and the set's role forbids it",
                      remedy + ", or allow it with task.roles: {" + source.name() + ": ordinary}");
    good = false;
  };
  const ObjectiveFacts& objective = term.objective.facts();
  for (const ColumnNeed& need : objective.columns) {
    const StreamColumn* column = column_for(objective, need.name, term.stream);
    if (column == nullptr) continue;
    for (const Source& source : column->sources) {
      check(need, source, "rows of " + set_text(source) + " " + behind(source) + would_be,
            "take the set out of this stream");
    }
    for (const Source& source : rows_to_meet(term, task)) {
      check(need, source,
            "rows that the policy makes " + behind(source) + would_be +
                " where they are secrets of " + set_text(source),
            "take the set out of the reward");
    }
  }
  return good;
}

bool check_protected_rows(const TaskFacts& task, const PathAndPlace& at, Diagnostics& diagnostics) {
  int64_t left = kMostProtectedRows;
  for (const RowsOf& rows : task.rows()) {
    const std::optional<int64_t>& size = task.at(rows.set).size;
    if (task.role_of(rows).kind != Role::Kind::never_positive || !size) continue;
    if (*size > left) {
      diagnostics.error(at.place, at.path,
                        "set " + Value(rows.name()).describe() + " has " + counted(*size, "row") +
                            " that may never be a positive target, and no more than " +
                            std::to_string(kMostProtectedRows) + " in all can be watched",
                        "make the set smaller, or give it the role ordinary");
      return false;
    }
    left -= *size;
  }
  return true;
}

bool check_role_phases(const TaskFacts& task, const Value& experiment, const Lineage& lineage,
                       Diagnostics& diagnostics) {
  bool good = true;
  const auto check = [&](const std::string& name, const Role& role) {
    if (role.from.empty()) return;
    // Tasks call the parameter so by custom; the place of the task serves where one does not.
    const std::string path = "task.roles." + name + ".never_positive.from";
    good = lineage.check_run(role.from, part_at(experiment, "", path).place, path, diagnostics) &&
           good;
  };
  for (const SetFacts& set : task.sets) {
    check(set.name, set.role);
    for (const ColumnFacts& column : set.columns) {
      if (column.role) check(RowsOf{set.name, column.name, ""}.name(), *column.role);
    }
  }
  return good;
}

}  // namespace leakprobe
