#include "data/fresh_names.h"

#include <map>
#include <utility>

namespace leakprobe {
namespace {

/// What tells a column's fresh rows from those of the stream's other columns: the columns of one
/// item come from the same random numbers.
std::string fresh_part(const StreamColumn& column) {
  const Source& source = column.sources.front();
  if (!source.column.empty()) return "/" + source.set;
  return column.name == kRowsColumn ? "" : "/" + column.name;
}

bool has_fresh_rows(const StreamColumn& column, const TaskFacts& facts) {
  for (const Source& source : column.sources) {
    const SetFacts* set = facts.find(source.set);
    if (set != nullptr && !set->size) return true;
  }
  return false;
}

}  // namespace

std::string fresh_name(const Stream& stream, const std::string& label, const StreamColumn& column) {
  return "fresh/" + (stream.name.empty() ? label : stream.name) + fresh_part(column);
}

void check_fresh_names(const Composition& composition, Diagnostics& diagnostics) {
  std::map<std::string, std::string> streams;  // by random stream
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      const Stream& stream = term.term.stream;
      for (const StreamColumn& column : stream.columns) {
        if (!has_fresh_rows(column, composition.task.facts())) continue;
        const std::string label = phase.name + "/" + term.term.name;
        // The columns of a fresh set share their numbers by intention.
        const auto [other, is_new] =
            streams.emplace(fresh_name(stream, label, column), stream.name);
        if (is_new || other->second == stream.name) continue;
        const std::string named = stream.name.empty() ? other->second : stream.name;
        diagnostics.error(stream.place, stream.path,
                          "its fresh rows would be those of another stream: stream '" + named +
                              "' and its column are called like a phase and its term",
                          "give the stream '" + named + "' another name");
      }
    }
  }
}

}  // namespace leakprobe
