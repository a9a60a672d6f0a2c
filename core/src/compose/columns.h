#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "leakprobe/objective.h"
#include "leakprobe/phase.h"
#include "leakprobe/stream.h"

namespace leakprobe {

/// The column of `stream` that an objective takes as `need`: its only column where both sides have
/// just one, otherwise the one of that name; nullptr where there is none.
const StreamColumn* column_for(const ObjectiveFacts& objective, const std::string& need,
                               const Stream& stream);

/// The sign of a column's rows of one source: the objective's, or of planted rows the reward's.
inline Sign sign_of(const ColumnNeed& need, const Source& source) {
  return source.sign.value_or(need.sign);
}

/// A sign turned round by a negative weight.
Sign turned(Sign sign, double weight);

/// What a term does to a column's text. `both` counts as positive; a weight of 0 does nothing, as
/// `none` does.
enum class Push { up, down, none };
Push push_of(Sign sign, double weight);

/// Rows that a term takes, and what it does to their text.
struct PushedSource {
  const Source* source;
  Push push;
};
/// Those of the columns that the term's objective takes, in its order.
std::vector<PushedSource> pushed_sources(const Term& term);

/// The items of a set of `size` that a source takes: [first, end).
std::array<int64_t, 2> items_of(const Source& source, int64_t size);

/// The columns by which the ledger keeps account of what an objective takes as `need`: of rollouts
/// "planted" and "sampled", as far as there are such rows.
std::vector<ColumnNeed> accounts_of(const Term& term, const ColumnNeed& need);

/// Reports the columns that the term's objective needs and its stream does not have.
bool check_columns(const Term& term, Diagnostics& diagnostics);

}  // namespace leakprobe
