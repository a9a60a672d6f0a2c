#include "data/packed_rows.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

torch::Tensor from(const std::vector<int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kInt64).to(device);
}

/// Rows that may share positions: enough that nearly all common beginnings are found, few enough
/// that attention has parts to share among threads.
constexpr int64_t kGroup = 32;

/// What a model reads of a row.
std::span<const int64_t> inputs(const Row& row) {
  return {row.tokens.data(), std::max<size_t>(1, row.tokens.size() - 1)};
}

/// On a GPU, whose time goes into launches and into sums in a fixed order, shared positions must be
/// at least one in so many to be worth it.
constexpr int64_t kWorthSharingOnGpu = 4;

std::vector<size_t> sorted_by_inputs(const std::vector<const Row*>& rows) {
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::ranges::lexicographical_compare(inputs(*rows[a]), inputs(*rows[b]));
  });
  return order;
}

/// How many of its first inputs a row has from the one before it.
size_t common(const Row& row, const Row& before) {
  const auto own = inputs(row);
  return static_cast<size_t>(std::ranges::mismatch(own, inputs(before)).in1 - own.begin());
}

/// Rows of a group, which share positions; 1: nothing is shared.
int64_t group_of(const std::vector<const Row*>& rows, const std::vector<size_t>& order,
                 torch::Device device) {
  if (device.is_cpu()) return kGroup;
  int64_t shared = 0, all = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    all += static_cast<int64_t>(inputs(*rows[order[i]]).size());
    if (i % kGroup != 0) {
      shared += static_cast<int64_t>(common(*rows[order[i]], *rows[order[i - 1]]));
    }
  }
  return shared * kWorthSharingOnGpu >= all ? kGroup : 1;
}

TokenRange range_of(const std::vector<const Row*>& rows) {
  TokenRange range{rows.front()->tokens.front(), rows.front()->tokens.front()};
  for (const Row* row : rows) {
    const auto [least, largest] = std::ranges::minmax(row->tokens);
    range = {std::min(range.least, least), std::max(range.largest, largest)};
  }
  return range;
}

/// A scored token: behind which node it is asked for, and for whom.
struct Scored {
  int64_t node;
  int64_t token;
  size_t place;  ///< among all rows' scored tokens
};

}  // namespace

PackedRows::PackedRows(const std::vector<const Row*>& rows, torch::Device device) {
  LEAKPROBE_CHECK(!rows.empty(), "there is nothing to pack");
  offsets_.push_back(0);
  for (const Row* row : rows) {
    LEAKPROBE_CHECK(
        row->scored.size() == row->tokens.size() && !row->scored.empty() && !row->scored[0],
        "a row's mask does not fit its tokens");
    offsets_.push_back(offsets_.back() +
                       std::count(row->scored.begin(), row->scored.end(), uint8_t{1}));
  }

  token_range_ = range_of(rows);
  std::vector<RowPath> paths;
  std::vector<int64_t> tokens;
  std::vector<int64_t> nodes;  // of the present row
  std::vector<Scored> scored;
  const std::vector<size_t> order = sorted_by_inputs(rows);
  const int64_t group = group_of(rows, order, device);
  const Row* before = nullptr;
  for (const size_t r : order) {
    const Row& row = *rows[r];
    const auto own = inputs(row);
    const bool starts_group = static_cast<int64_t>(paths.size()) % group == 0;
    const size_t first = starts_group ? 0 : common(row, *before);
    const auto node = static_cast<int64_t>(tokens.size());
    paths.push_back({static_cast<int64_t>(first), static_cast<int64_t>(own.size()), node});
    tokens.insert(tokens.end(), own.begin() + static_cast<std::ptrdiff_t>(first), own.end());
    nodes.resize(own.size());
    std::iota(nodes.begin() + static_cast<std::ptrdiff_t>(first), nodes.end(), node);
    auto place = static_cast<size_t>(offsets_[r]);
    for (size_t t = 1; t < row.tokens.size(); ++t) {
      if (row.scored[t]) scored.push_back({nodes[t - 1], row.tokens[t], place++});
    }
    before = &row;
  }

  std::sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) {
    return std::tie(a.node, a.token, a.place) < std::tie(b.node, b.token, b.place);
  });
  std::vector<int64_t> states, firsts, targets, pairs(scored.size());
  for (const Scored& one : scored) {
    const bool new_state = states.empty() || states.back() != one.node;
    if (new_state) {
      states.push_back(one.node);
      firsts.push_back(static_cast<int64_t>(targets.size()));
    }
    if (new_state || targets.back() != one.token) targets.push_back(one.token);
    pairs[one.place] = static_cast<int64_t>(targets.size()) - 1;
  }
  firsts.push_back(static_cast<int64_t>(targets.size()));

  layout_ = c10::make_intrusive<RowLayout>(std::move(paths), group);
  tokens_ = from(tokens, device).unsqueeze(0);
  states_ = from(states, device);
  targets_ = {from(firsts, torch::kCPU), from(targets, device)};
  pairs_ = from(pairs, device);
}

torch::Tensor PackedRows::states_of_rows() const {
  const torch::Tensor states = at::repeat_interleave(targets_.firsts.diff());
  return states.to(pairs_.device()).index_select(0, pairs_);
}

torch::Tensor PackedRows::matrix(const torch::Tensor& values, int64_t begin, int64_t end) const {
  const int64_t count = end - begin;
  int64_t longest = 0;
  for (int64_t r = begin; r < end; ++r) longest = std::max(longest, offset(r + 1) - offset(r));
  const int64_t all = offset(end) - offset(begin);
  const torch::Tensor part = values.narrow(0, offset(begin), all);
  if (all == count * longest) return part.view({count, longest});
  std::vector<int64_t> places;
  places.reserve(static_cast<size_t>(all));
  for (int64_t r = begin; r < end; ++r) {
    for (int64_t t = 0; t < offset(r + 1) - offset(r); ++t) {
      places.push_back((r - begin) * longest + t);
    }
  }
  return torch::zeros({count * longest}, part.options())
      .index_copy(0, from(places, part.device()), part)
      .view({count, longest});
}

torch::Tensor PackedRows::mask(int64_t begin, int64_t end) const {
  return matrix(torch::ones({targets_count()}, tokens_.options().dtype(torch::kFloat32)), begin,
                end);
}

}  // namespace leakprobe
