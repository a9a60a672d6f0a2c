#include "model/row_layout.h"

#include <algorithm>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {

RowLayout::RowLayout(std::vector<RowPath> rows, int64_t group)
    : rows_(std::move(rows)), group_(group) {
  for (size_t r = 0; r < rows_.size(); ++r) {
    const RowPath& row = rows_[r];
    const bool starts_group = static_cast<int64_t>(r) % group_ == 0;
    LEAKPROBE_CHECK(row.node == nodes_ && row.first <= row.length &&
                        row.first <= (starts_group ? 0 : rows_[r - 1].length),
                    "a row's path does not continue the one before it");
    nodes_ += row.length - row.first;
    longest_ = std::max(longest_, row.length);
  }
}

c10::intrusive_ptr<RowLayout> RowLayout::separate(int64_t rows, int64_t tokens) {
  std::vector<RowPath> paths;
  paths.reserve(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) paths.push_back({0, tokens, row * tokens});
  return c10::make_intrusive<RowLayout>(std::move(paths), 1);
}

torch::Tensor RowLayout::node_table(torch::Device device) const {
  if (node_table_.defined() && node_table_.device() == device) return node_table_;
  const auto count = static_cast<int64_t>(rows_.size());
  torch::Tensor table = torch::zeros({count, longest_}, torch::kInt64);
  int64_t* line = table.mutable_data_ptr<int64_t>();
  for (size_t r = 0; r < rows_.size(); ++r, line += longest_) {
    const RowPath& row = rows_[r];
    if (row.first > 0) std::copy_n(line - longest_, row.first, line);
    for (int64_t t = row.first; t < row.length; ++t) line[t] = row.node + t - row.first;
  }
  return node_table_ = table.view({-1}).to(device);
}

torch::Tensor RowLayout::places(torch::Device device) const {
  if (places_.defined() && places_.device() == device) return places_;
  torch::Tensor places = torch::empty({nodes_}, torch::kInt64);
  int64_t* to = places.mutable_data_ptr<int64_t>();
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (int64_t t = rows_[r].first; t < rows_[r].length; ++t) {
      *to++ = static_cast<int64_t>(r) * longest_ + t;
    }
  }
  return places_ = places.to(device);
}

}  // namespace leakprobe
