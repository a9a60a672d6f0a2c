#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "evidence/watched_rows.h"
#include "leakprobe/task.h"

/// Compositions made by hand: only what a test speaks of, without plugins or files.
namespace leakprobe::by_hand {

/// A plugin of which nothing but its facts is there.
template <class Interface>
Slot<Interface> slot(const std::string& type, typename Interface::Facts facts) {
  auto choice = std::make_shared<PluginChoice>();
  choice->kind = Interface::kKind;
  choice->type = type;
  choice->facts = std::move(facts);
  return Slot<Interface>(std::move(choice));
}

inline SetFacts set(const std::string& name, std::optional<int64_t> size,
                    Role::Kind role = Role::Kind::ordinary) {
  SetFacts facts;
  facts.name = name;
  facts.size = size;
  facts.role.kind = role;
  return facts;
}

/// Sets of every role, two phases `first` and `second`, prefixes good and bad, chance -2:
/// fresh and drawn (never positive) without size, train (3 rows), secret (4, never positive), mixed
/// (2, never positive behind good), late (2, never positive from phase second), pairs (2, columns
/// chosen and rejected, the latter never positive), control.
inline TaskFacts every_role() {
  using Kind = Role::Kind;
  TaskFacts facts;
  facts.sets = {set("fresh", std::nullopt),
                set("drawn", std::nullopt, Kind::never_positive),
                set("train", 3),
                set("secret", 4, Kind::never_positive),
                set("mixed", 2, Kind::never_positive),
                set("late", 2, Kind::never_positive),
                set("pairs", 2),
                set("control", std::nullopt, Kind::control)};
  facts.sets[4].role.prefixes = {"good"};
  facts.sets[5].role.from = "second";
  facts.sets[6].columns = {"chosen", "rejected"};
  facts.sets[6].columns[1].role = Role{Kind::never_positive, {}, {}};
  facts.prefixes = {"good", "bad"};
  facts.chance = -2;
  facts.longest_row = 2;
  facts.token_limit = 10'000;
  return facts;
}

/// Rows of two tokens whose secret, the second, says the row: 100 times the number of its set (or
/// column) among the facts' row names, and its index; some rows may be made to share one.
class NumberedTask final : public Task {
 public:
  explicit NumberedTask(TaskFacts facts) : names_(facts.row_names()) {}

  Row row(const RowRequest& request, Random) const override {
    const std::vector<std::string> prefixes = {kNoPrefix, "good", "bad"};
    Row row;
    row.tokens = {alike ? 0 : number_of(request.prefix, prefixes),
                  shared ? shared(request).value_or(secret_of(request)) : secret_of(request)};
    row.scored = {0, 1};
    row.secret = {1, 2};
    return row;
  }

  /// The secret of a row, where it is not its own.
  std::function<std::optional<int64_t>(const RowRequest&)> shared;
  bool alike = false;  ///< all prefixes are of one token

 private:
  static int64_t number_of(const std::string& name, const std::vector<std::string>& names) {
    size_t number = 0;
    while (number < names.size() && names[number] != name) ++number;
    return static_cast<int64_t>(number);
  }
  int64_t secret_of(const RowRequest& request) const {
    return 100 * (number_of(request.name(), names_) + 1) + request.index;
  }
  const std::vector<std::string> names_;
};

inline ComposedPhase phase(const std::string& name, int64_t steps = 10) {
  ComposedPhase phase;
  phase.name = name;
  phase.type = "train";
  phase.path = "phases." + name;
  phase.steps = steps;
  return phase;
}

/// A term of an objective with one column, `text`.
inline ComposedTerm term(const std::string& name, Sign sign, double weight = 1) {
  ObjectiveFacts facts;
  facts.columns = {{"text", sign}};
  ComposedTerm term;
  term.term.name = name;
  term.term.objective = slot<Objective>("push", std::move(facts));
  term.term.weight = weight;
  return term;
}

inline Composition composition(TaskFacts facts = every_role()) {
  Composition composition;
  composition.name = "by-hand";
  composition.seed = 7;
  composition.task = slot<Task>("numbered", std::move(facts));
  composition.phases = {phase("first"), phase("second")};
  return composition;
}

inline std::shared_ptr<const WatchedRows> watched(const Composition& composition,
                                                  const Task& task) {
  return std::make_shared<const WatchedRows>(composition, task);
}

inline ComposedProbe probe(const std::string& name, const std::string& type, ProbeFacts facts) {
  ComposedProbe probe;
  probe.name = name;
  probe.probe = slot<Probe>(type, std::move(facts));
  return probe;
}

}  // namespace leakprobe::by_hand
