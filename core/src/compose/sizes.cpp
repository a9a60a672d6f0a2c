#include "compose/sizes.h"

#include <algorithm>

#include "compose/lengths.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

int64_t steps_through(int64_t items, int64_t batch) { return (items - 1) / batch + 1; }

/// Steps on each batch.
int64_t reuse_of(const ComposedTerm& term) {
  return term.term.stream.rollout ? term.term.stream.rollout->reuse : 1;
}

/// Steps of one pass of a stream that has an end.
int64_t steps_through(const ComposedTerm& term) {
  return steps_through(term.items, term.batch) * reuse_of(term);
}

std::string extent(const ComposedTerm& term) {
  return "term " + Value(term.term.name).describe() + " has " + counted(term.items, "item") +
         " in batches of " + std::to_string(term.batch) +
         (reuse_of(term) > 1 ? ", each used " + std::to_string(reuse_of(term)) + " times" : "");
}

/// Whether one pass of both takes equally long.
bool agree(const ComposedTerm& a, const ComposedTerm& b) {
  return __extension__ static_cast<__int128>(a.items) * b.batch * reuse_of(a) ==
         __extension__ static_cast<__int128>(b.items) * a.batch * reuse_of(b);
}

bool decide_steps(ComposedPhase& phase, std::optional<int64_t> steps, Diagnostics& diagnostics) {
  const ComposedTerm* longest = nullptr;
  for (const ComposedTerm& term : phase.terms) {
    if (!term.finite) continue;
    if (longest != nullptr && !agree(*longest, term) && !steps) {
      diagnostics.error(term.place, term.path,
                        "the phase's length is open: " + extent(*longest) + ", " + extent(term),
                        "say with 'steps' on the phase how long it is, or make the lengths equal");
      return false;
    }
    if (longest == nullptr || steps_through(term) > steps_through(*longest)) {
      longest = &term;
    }
  }
  if (steps) {
    phase.steps = *steps;
    return true;
  }
  if (longest == nullptr) {
    diagnostics.error(phase.place, phase.path,
                      "the phase's length is open: none of its streams has an end",
                      "give a source 'repeat' or 'count', or the phase 'steps'");
    return false;
  }
  phase.steps = steps_through(*longest);
  return true;
}

/// Reports a batch of no items, or of more than any file may say.
bool check_batch(const ComposedTerm& term, Diagnostics& diagnostics) {
  if (term.batch >= 1 && term.batch <= kMostItems) return true;
  diagnostics.error(term.place, child_path(term.path, "batch"),
                    "must be from 1 to " + std::to_string(kMostItems) + ", found the number " +
                        std::to_string(term.batch));
  return false;
}

/// Reports a batch that no computer could hold, and more steps of it than can be counted; a batch
/// holds no more items than there are.
bool check_drawn(const ComposedTerm& term, int64_t steps, Diagnostics& diagnostics) {
  const int64_t batch = term.finite ? std::min(term.batch, term.items) : term.batch;
  if (batch > kMostHeldItems) {
    diagnostics.error(term.place, term.path,
                      "term " + Value(term.term.name).describe() + " would draw " +
                          std::to_string(batch) + " items in a step, more than " +
                          std::to_string(kMostHeldItems) + ", which no computer holds",
                      "make 'batch' smaller");
    return false;
  }
  if (batch <= kMostItems / steps) return true;
  diagnostics.error(term.place, term.path,
                    "term " + Value(term.term.name).describe() + " would draw " +
                        std::to_string(batch) + " items in each of " + std::to_string(steps) +
                        " steps, more than " + std::to_string(kMostItems) + " in all",
                    "make 'batch' or 'steps' smaller");
  return false;
}

/// Reports rollouts of which one batch would serve longer than the phase lasts.
bool check_reuse(const ComposedTerm& term, int64_t steps, Diagnostics& diagnostics) {
  if (reuse_of(term) <= steps) return true;
  diagnostics.error(
      term.term.stream.place, term.term.stream.path,
      "term " + Value(term.term.name).describe() + " would take " + std::to_string(reuse_of(term)) +
          " steps on each batch of rollouts, and the phase has " + std::to_string(steps),
      "make sample.reuse smaller, or the phase longer");
  return false;
}

/// Reports a stream of which no computer could hold an order. Fresh rows need none.
bool check_order(const ComposedTerm& term, const TaskFacts& task, Diagnostics& diagnostics) {
  const Stream& stream = term.term.stream;
  if (term.items <= kMostHeldItems || stream.order == Stream::Order::given) return true;
  const auto is_fixed = [&](const RowsOf& rows) { return task.at(rows.set).size.has_value(); };
  const bool prompts_are_shuffled = stream.rollout && !stream.rollout->set.empty() &&
                                    is_fixed(task.rows_named(stream.rollout->set).value());
  const bool shuffled =
      std::any_of(stream.columns.begin(), stream.columns.end(), [&](const StreamColumn& column) {
        return std::any_of(column.sources.begin(), column.sources.end(), is_fixed);
      });
  if (!shuffled && !prompts_are_shuffled) return true;
  diagnostics.error(
      term.place, term.path,
      "term " + Value(term.term.name).describe() + " has " + std::to_string(term.items) +
          " items, and to shuffle them takes an order of " + std::to_string(term.items >> 27) +
          " GiB; at most " + std::to_string(kMostHeldItems) + " can be shuffled",
      "make 'count', 'repeat', 'batch' or 'steps' smaller, or write order: given");
  return false;
}

/// Those of a finite stream that the phase goes through once in equal batches, otherwise as many as
/// all steps take.
int64_t items_taken(const ComposedPhase& phase, const ComposedTerm& endless) {
  for (const ComposedTerm& term : phase.terms) {
    if (term.finite && term.batch == endless.batch && reuse_of(term) == reuse_of(endless) &&
        steps_through(term) == phase.steps) {
      return term.items;
    }
  }
  return steps_through(phase.steps, reuse_of(endless)) * endless.batch;
}

/// Items of a stream without an end. What is shuffled has all rows in it, so that each may be
/// drawn, and not the first ones alone.
int64_t items_needed(const ComposedPhase& phase, const ComposedTerm& endless,
                     const TaskFacts& task) {
  const int64_t taken = items_taken(phase, endless);
  const Stream& stream = endless.term.stream;
  if (stream.rollout || stream.order == Stream::Order::given) return taken;
  return std::max(taken, period_of(stream, task));
}

}  // namespace

bool decide_sizes(ComposedPhase& phase, std::optional<int64_t> steps, const TaskFacts& task,
                  Diagnostics& diagnostics) {
  for (ComposedTerm& term : phase.terms) {
    if (!check_batch(term, diagnostics)) return false;
    const auto length = finite_length(term.term.stream, task);
    term.finite = length.has_value();
    term.items = length.value_or(0);
  }
  if (!decide_steps(phase, steps, diagnostics)) return false;
  for (const ComposedTerm& term : phase.terms) {
    if (!check_drawn(term, phase.steps, diagnostics)) return false;
    if (!check_reuse(term, phase.steps, diagnostics)) return false;
  }
  for (ComposedTerm& term : phase.terms) {
    if (!term.finite) term.items = items_needed(phase, term, task);
    if (!check_order(term, task, diagnostics)) return false;
  }
  return true;
}

}  // namespace leakprobe
