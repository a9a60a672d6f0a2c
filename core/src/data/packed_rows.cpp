#include "data/packed_rows.h"

#include <algorithm>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

torch::Tensor from(const std::vector<int64_t>& values, torch::Device device) {
  return torch::tensor(values, torch::kInt64).to(device);
}

}  // namespace

PackedRows::PackedRows(const std::vector<const Row*>& rows, torch::Device device) {
  LEAKPROBE_CHECK(!rows.empty(), "there is nothing to pack");
  size_t longest = 1;
  for (const Row* row : rows) longest = std::max(longest, row->tokens.size());
  const size_t length = std::max<size_t>(1, longest - 1);
  std::vector<int64_t> tokens(rows.size() * length, 0);
  std::vector<int64_t> positions;
  std::vector<int64_t> targets;
  offsets_.push_back(0);
  for (size_t r = 0; r < rows.size(); ++r) {
    const Row& row = *rows[r];
    LEAKPROBE_CHECK(row.scored.size() == row.tokens.size() && !row.scored.empty() && !row.scored[0],
                    "a row's mask does not fit its tokens");
    for (size_t t = 0; t + 1 < row.tokens.size(); ++t) {
      tokens[r * length + t] = row.tokens[t];
      if (!row.scored[t + 1]) continue;
      positions.push_back(static_cast<int64_t>(r * length + t));
      targets.push_back(row.tokens[t + 1]);
    }
    offsets_.push_back(static_cast<int64_t>(targets.size()));
  }
  tokens_ =
      from(tokens, device).view({static_cast<int64_t>(rows.size()), static_cast<int64_t>(length)});
  positions_ = from(positions, device);
  targets_ = from(targets, device);
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
