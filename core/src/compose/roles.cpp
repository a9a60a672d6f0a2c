#include "compose/roles.h"

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

void report_target(const std::string& phase, const Term& term, const ColumnNeed& need,
                   const Source& source, const PathAndPlace& at, Diagnostics& diagnostics) {
  const std::string behind = source.prefix == kNoPrefix
                                 ? std::string("without a prefix")
                                 : "behind prefix " + Value(source.prefix).describe();
  diagnostics.error(at.place, at.path,
                    "rows of set " + Value(source.name()).describe() + " " + behind +
                        " would be a positive target in phase " + Value(phase).describe() +
                        ", term " + Value(term.name).describe() + ": " +
                        reason(term, need, source) + ", and the set's role forbids it",
                    "take the set out of this stream, or allow it with task.roles: {" +
                        source.name() + ": ordinary}");
}

}  // namespace

bool check_roles(const std::string& phase, const Term& term, const PathAndPlace& weight,
                 const TaskFacts& task, const Lineage& lineage, Diagnostics& diagnostics) {
  bool good = true;
  const ObjectiveFacts& objective = term.objective.facts();
  for (const ColumnNeed& need : objective.columns) {
    const StreamColumn* column = column_for(objective, need.name, term.stream);
    if (column == nullptr) continue;
    for (const Source& source : column->sources) {
      if (push_of(sign_of(need, source), term.weight) != Push::up) continue;
      const Role& role = task.role_of(source);
      if (!role.forbids_positive(source.prefix) || !lineage.is_from(role.from, phase)) continue;
      report_target(phase, term, need, source, at_fault(term, need, source, weight), diagnostics);
      good = false;
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
