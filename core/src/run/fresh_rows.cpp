#include "run/fresh_rows.h"

#include <algorithm>
#include <optional>

#include "compose/columns.h"
#include "data/item_stream.h"
#include "step/rollouts.h"

namespace leakprobe {
namespace {

/// The stream's column that a ledger calls by this name; nothing where there is none.
std::optional<size_t> stream_column(const Term& term, const std::string& name) {
  if (term.stream.rollout) return 0;
  const StreamColumn* column = column_for(term.objective.facts(), name, term.stream);
  if (column == nullptr) return std::nullopt;
  return static_cast<size_t>(column - term.stream.columns.data());
}

}  // namespace

bool FreshRows::each(const std::string& column, const LedgerRecord::Account& account, int64_t steps,
                     int64_t most,
                     const std::function<bool(int64_t index, const Row& row)>& take) const {
  const std::optional<size_t> at = stream_column(term.term, column);
  if (!at) return false;
  const std::optional<Rollout>& rollout = term.term.stream.rollout;
  const ComposedTerm part = rollout ? planted_part(term) : term;
  ItemStream stream(part, phase.name + "/" + term.term.name, task, facts, seed);
  const int64_t reuse = rollout ? rollout->reuse : 1;
  // Later passes have the same items.
  const int64_t batches = std::min((steps + reuse - 1) / reuse, stream.steps_per_pass());
  int64_t left = most;
  for (int64_t batch = 0; batch < batches; ++batch) {
    for (const int64_t item : stream.batch(batch)) {
      if (left-- == 0) return false;
      const RowOrigin origin = stream.origin(*at, item);
      if (origin.source->name() != account.set || origin.source->prefix != account.prefix) continue;
      if (take(origin.index, stream.row(*at, item))) return true;
    }
  }
  return true;
}

}  // namespace leakprobe
