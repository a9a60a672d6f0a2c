#include "data/check_numbers.h"

#include <algorithm>
#include <map>

#include "compose/columns.h"
#include "compose/words.h"
#include "data/item_stream.h"
#include "plugin/contract.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// Rows of each source that are looked at, and items among which they are looked for: enough to
/// find a source whose rows have no such number, in no time.
constexpr int64_t kNumberRows = 16;
constexpr int64_t kItems = 100'000;

void check_column(const ComposedTerm& term, const ItemStream& stream, const ColumnNeed& need,
                  size_t column, Diagnostics& diagnostics) {
  std::map<const Source*, int64_t> looked;
  for (int64_t item = 0; item < std::min(term.items, kItems); ++item) {
    const RowOrigin origin = stream.origin(column, item);
    if (++looked[origin.source] > kNumberRows) continue;
    std::vector<std::string> names;
    for (const auto& [name, number] : stream.row(column, item).numbers) names.push_back(name);
    for (const std::string& name : need.numbers) {
      if (contains(names, name)) continue;
      diagnostics.error(origin.source->place, term.path,
                        row_text(*origin.source, origin.index) + " has no number " + quote(name) +
                            ", which objective " + term.term.objective->type + " reads",
                        names.empty() ? "it has none" : "it has " + enumerate(names));
      return;
    }
  }
}

}  // namespace

void check_numbers(const Composition& composition, const Task& task, Diagnostics& diagnostics) {
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      if (term.term.stream.rollout) continue;  // their numbers are the engine's
      const ObjectiveFacts& objective = term.term.objective.facts();
      const ItemStream stream(term, phase.name + "/" + term.term.name, task,
                              composition.task.facts(), composition.seed);
      for (const ColumnNeed& need : objective.columns) {
        const StreamColumn* column = column_for(objective, need.name, term.term.stream);
        if (need.numbers.empty() || column == nullptr) continue;
        const auto index = static_cast<size_t>(column - term.term.stream.columns.data());
        check_column(term, stream, need, index, diagnostics);
      }
    }
  }
}

}  // namespace leakprobe
