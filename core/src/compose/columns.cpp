#include "compose/columns.h"

#include <algorithm>

#include "compose/words.h"

namespace leakprobe {

const StreamColumn* column_for(const ObjectiveFacts& objective, const std::string& need,
                               const Stream& stream) {
  if (objective.columns.size() == 1 && stream.columns.size() == 1) return &stream.columns.front();
  return stream.find(need);
}

Sign turned(Sign sign, double weight) {
  if (weight >= 0) return sign;
  if (sign == Sign::positive) return Sign::negative;
  return sign == Sign::negative ? Sign::positive : sign;
}

Push push_of(Sign sign, double weight) {
  if (weight == 0 || sign == Sign::none) return Push::none;
  return turned(sign, weight) == Sign::negative ? Push::down : Push::up;
}

std::vector<ColumnNeed> accounts_of(const Term& term, const ColumnNeed& need) {
  const std::optional<Rollout>& rollout = term.stream.rollout;
  if (!rollout) return {need};
  std::vector<ColumnNeed> accounts;
  if (rollout->planted > 0) {
    const std::vector<Source>& planted = term.stream.columns.front().sources;
    const Sign first = sign_of(need, planted.front());
    const bool agree = std::all_of(planted.begin(), planted.end(), [&](const Source& source) {
      return sign_of(need, source) == first;
    });
    accounts.push_back({"planted", agree ? first : Sign::both});
  }
  if (rollout->planted < rollout->group) accounts.push_back({"sampled", Sign::both});
  return accounts;
}

std::vector<PushedSource> pushed_sources(const Term& term) {
  const ObjectiveFacts& objective = term.objective.facts();
  std::vector<PushedSource> all;
  for (const ColumnNeed& need : objective.columns) {
    const StreamColumn* column = column_for(objective, need.name, term.stream);
    if (column == nullptr) continue;
    for (const Source& source : column->sources) {
      all.push_back({&source, push_of(sign_of(need, source), term.weight)});
    }
  }
  return all;
}

std::array<int64_t, 2> items_of(const Source& source, int64_t size) {
  return source.items.value_or(std::array<int64_t, 2>{0, size});
}

bool check_columns(const Term& term, Diagnostics& diagnostics) {
  const ObjectiveFacts& objective = term.objective.facts();
  std::vector<std::string> needed, there;
  bool good = true;
  for (const ColumnNeed& need : objective.columns) {
    needed.push_back(need.name);
    good = good && column_for(objective, need.name, term.stream) != nullptr;
  }
  if (good) return true;
  for (const StreamColumn& column : term.stream.columns) there.push_back(column.name);
  std::string hint;
  if (needed.size() > 1) {
    for (const std::string& name : needed)
      hint += (hint.empty() ? "" : ", ") + name + ": {set: ...}";
    hint = "give a stream {" + hint + "}";
  } else {
    hint = "give one column, such as {set: ...}";
  }
  diagnostics.error(term.stream.place, term.stream.path,
                    "objective " + term.objective->type + " needs the column" +
                        (needed.size() > 1 ? "s " : " ") + enumerate(needed) + ", the stream has " +
                        enumerate(there),
                    hint);
  return false;
}

}  // namespace leakprobe
