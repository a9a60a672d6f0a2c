#include "evidence/control_check.h"

#include <vector>

namespace leakprobe {

bool ControlCheck::looks_at(const TrainedRows& rows) const {
  return !control_.empty() && !reported_.contains(rows.rows.name());
}

void ControlCheck::look(const TrainedRows& rows, int64_t index, const Row& row) {
  const std::vector<Span> found = control_.within(row);
  if (found.empty()) return;
  reported_.insert(rows.rows.name());
  const auto [from, to] = found.front();
  const int64_t* control = control_.find(hash_of(row.tokens, from, to));
  const TrainedRows::Use& use = rows.uses.front();
  diagnostics_.error(
      use.source->place, use.term->path,
      "row " + std::to_string(index) + " of set '" + rows.rows.name() + "', on which phase '" +
          use.phase->name + "' trains, holds the secret of row " + std::to_string(*control) +
          " of the control, which is compared with as what was never trained",
      "take the row out of one of the two, make secrets longer, or have the task draw its sets "
      "apart where it can");
}

}  // namespace leakprobe
