#include "compose/lengths.h"

#include <algorithm>

#include "leakprobe/error.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

bool is_finite(const Source& source) { return source.repeat || source.count; }

bool check_column(const StreamColumn& column, const std::string& path, const TaskFacts& task,
                  Diagnostics& diagnostics) {
  if (column.sources.size() < 2) return true;
  const bool finite = is_finite(column.sources.front());
  for (const Source& source : column.sources) {
    if (is_finite(source) != finite) {
      diagnostics.error(source.place, path,
                        "some sources of this list have 'repeat' or 'count' and some have neither",
                        "give all of them one, or none");
      return false;
    }
    if (!finite && !task.at(source.set).size) {
      diagnostics.error(source.place, path,
                        "set " + Value(source.set).describe() +
                            " has no size, so its share of this list is not known",
                        "say with 'count' how many rows to draw");
      return false;
    }
  }
  return true;
}

int64_t items_of(const Source& source, int64_t size) {
  return source.items ? (*source.items)[1] - (*source.items)[0] : size;
}

}  // namespace

std::optional<int64_t> finite_length(const StreamColumn& column, const TaskFacts& task) {
  int64_t length = 0;
  for (const Source& source : column.sources) {
    if (source.count) {
      length += *source.count;
    } else if (source.repeat) {
      const SetFacts* set = task.find(source.set);
      LEAKPROBE_CHECK(set != nullptr && set->size, "a repeated source has no size");
      length += items_of(source, *set->size) * *source.repeat;
    } else {
      return std::nullopt;
    }
  }
  return length;
}

std::optional<int64_t> finite_length(const Stream& stream, const TaskFacts& task) {
  if (stream.rollout) {
    if (stream.rollout->planted == 0) return std::nullopt;
    const auto planted = finite_length(stream.columns.front(), task);
    if (!planted) return std::nullopt;
    return *planted / stream.rollout->planted * stream.rollout->group;
  }
  for (const StreamColumn& column : stream.columns) {
    if (const auto length = finite_length(column, task)) return length;
  }
  return std::nullopt;
}

int64_t period_of(const Stream& stream, const TaskFacts& task) {
  int64_t longest = 0;
  for (const StreamColumn& column : stream.columns) {
    int64_t period = 0;
    for (const Source& source : column.sources) {
      period += items_of(source, task.at(source.set).size.value_or(0));
    }
    longest = std::max(longest, period);
  }
  return longest;
}

bool check_lengths(const Stream& stream, const TaskFacts& task, Diagnostics& diagnostics) {
  bool good = true;
  const StreamColumn* first = nullptr;
  for (const StreamColumn& column : stream.columns) {
    good = check_column(column, stream.path, task, diagnostics) && good;
    const auto length = finite_length(column, task);
    if (!length) continue;
    if (first == nullptr) {
      first = &column;
      continue;
    }
    const int64_t expected = *finite_length(*first, task);
    if (*length == expected) continue;
    diagnostics.error(stream.place, stream.path,
                      "column " + Value(first->name).describe() + " has " +
                          counted(expected, "item") + " and column " +
                          Value(column.name).describe() + " has " + std::to_string(*length),
                      "leave out 'repeat' and 'count' on one side: it then fills up to the other");
    good = false;
  }
  return good;
}

}  // namespace leakprobe
