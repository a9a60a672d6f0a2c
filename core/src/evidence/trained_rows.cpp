#include "evidence/trained_rows.h"

#include <algorithm>

#include "data/item_stream.h"

namespace leakprobe {

std::vector<TrainedRows> trained_rows(const Composition& composition) {
  const TaskFacts& facts = composition.task.facts();
  std::vector<TrainedRows> all;
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      for (const auto& [source, push] : pushed_sources(term.term)) {
        const std::optional<int64_t>& size = facts.at(source->set).size;
        if (!size || push == Push::none) continue;
        const RowsOf& rows = *source;
        const auto [begin, end] = items_of(*source, *size);
        auto known = all.begin();
        while (known != all.end() &&
               !(known->rows == rows && known->begin == begin && known->end == end)) {
          ++known;
        }
        if (known == all.end()) known = all.insert(all.end(), {rows, begin, end, {}});
        known->uses.push_back({&phase, &term, source, push});
      }
    }
  }
  return all;
}

void look_through(const Composition& composition, const Task& task,
                  const std::vector<RowsCheck*>& checks) {
  int64_t left = kMostRowsCompared;
  for (const TrainedRows& rows : trained_rows(composition)) {
    const auto looks = [&](const RowsCheck* check) { return check->looks_at(rows); };
    const int64_t end = std::min(rows.end, rows.begin + left);
    int64_t next = rows.begin;
    for (; next < end && std::ranges::any_of(checks, looks); ++next, --left) {
      const Row row = set_row(task, composition.task.facts(), rows.rows, next, composition.seed);
      for (RowsCheck* check : checks) {
        if (looks(check)) check->look(rows, next, row);
      }
    }
    if (next == rows.end) continue;
    for (RowsCheck* check : checks) {
      if (looks(check)) check->miss(rows, next - rows.begin);
    }
  }
}

}  // namespace leakprobe
