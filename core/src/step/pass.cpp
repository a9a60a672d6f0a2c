#include "step/pass.h"

#include <algorithm>
#include <utility>

#include "step/step_times.h"
#include "step/term_runner.h"

namespace leakprobe {
namespace {

Pass pack(std::vector<Pass::Slice> slices, torch::Device device, StepTimes& times) {
  std::vector<const Row*> packed;
  bool any_reference = false;
  for (Pass::Slice& slice : slices) {
    for (const TermRunner::Column& column : slice.term->columns()) {
      slice.first_rows.push_back(static_cast<int64_t>(packed.size()));
      for (int64_t i = slice.begin; i < slice.end; ++i) packed.push_back(&column.row(i));
    }
    any_reference = any_reference || slice.term->has_reference();
  }
  Pass pass{std::move(slices), PackedRows(packed, device), {}};
  pass.temperature = pass.slices.front().term->temperature();
  if (!any_reference) return pass;
  pass.reference = torch::zeros({pass.rows.targets_count()}, torch::kFloat32);
  for (const Pass::Slice& slice : pass.slices) {
    if (!slice.term->has_reference()) continue;
    const int64_t first = slice.first_rows.front();
    const int64_t count =
        (slice.end - slice.begin) * static_cast<int64_t>(slice.term->columns().size());
    const int64_t from = pass.rows.offset(first);
    const Timed timed(times.reference);
    pass.reference.narrow(0, from, pass.rows.offset(first + count) - from)
        .copy_(slice.term->reference_log_probs(slice.begin, slice.end));
  }
  pass.reference = pass.reference.to(device);
  return pass;
}

/// The terms by the temperature of their rows, in their order.
std::vector<std::vector<TermRunner*>> by_temperature(const std::vector<TermRunner*>& terms) {
  std::vector<std::vector<TermRunner*>> groups;
  for (TermRunner* term : terms) {
    const auto own = std::ranges::find_if(groups, [&](const std::vector<TermRunner*>& group) {
      return group.front()->temperature() == term->temperature();
    });
    if (own != groups.end()) {
      own->push_back(term);
    } else {
      groups.push_back({term});
    }
  }
  return groups;
}

/// Adds the passes of terms whose rows have one temperature.
void add_passes(const std::vector<TermRunner*>& terms, const PassSize& size, torch::Device device,
                StepTimes& times, std::vector<Pass>& passes) {
  int64_t all = 0;
  size_t longest = 0;
  for (const TermRunner* term : terms) {
    all += term->items() * static_cast<int64_t>(term->columns().size());
    for (const TermRunner::Column& column : term->columns()) {
      for (int64_t i = 0; i < term->items(); ++i) {
        longest = std::max(longest, column.row(i).tokens.size());
      }
    }
  }
  const int64_t rows_at_once = size.rows_of(static_cast<int64_t>(longest));
  const int64_t most = rows_at_once == 0 ? all : std::min(all, rows_at_once);
  const int64_t count = most == 0 ? 0 : (all + most - 1) / most;
  const int64_t limit = count == 0 ? 0 : (all + count - 1) / count;
  std::vector<Pass::Slice> slices;
  int64_t rows = 0;
  const auto close = [&] {
    if (slices.empty()) return;
    passes.push_back(pack(std::exchange(slices, {}), device, times));
    rows = 0;
  };
  for (TermRunner* term : terms) {
    const auto width = static_cast<int64_t>(term->columns().size());
    int64_t begin = 0;
    while (begin < term->items()) {
      int64_t room = std::min(term->items() - begin, (limit - rows) / width);
      if (room <= 0) {
        if (rows > 0) {
          close();
          continue;
        }
        room = 1;  // an item is never split
      }
      slices.push_back({term, begin, begin + room, {}});
      begin += room;
      rows += room * width;
    }
  }
  close();
}

}  // namespace

std::vector<Pass> make_passes(const std::vector<TermRunner*>& terms, const PassSize& size,
                              torch::Device device, StepTimes& times) {
  std::vector<Pass> passes;
  for (const std::vector<TermRunner*>& group : by_temperature(terms)) {
    add_passes(group, size, device, times, passes);
  }
  return passes;
}

}  // namespace leakprobe
