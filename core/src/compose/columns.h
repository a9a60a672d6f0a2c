#pragma once

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

/// The objective's sign of a column, turned round by a negative weight.
Sign turned(Sign sign, double weight);

/// What a term does to a column's text. `both` counts as positive; a weight of 0 does nothing.
enum class Push { up, down, none };
Push push_of(Sign sign, double weight);

/// Reports the columns that the term's objective needs and its stream does not have.
bool check_columns(const Term& term, Diagnostics& diagnostics);

}  // namespace leakprobe
