#include "conformance/objective_batch.h"

#include <ATen/ATen.h>

#include "conformance/inputs.h"
#include "leakprobe/policy_gradient.h"

namespace leakprobe {
namespace {

constexpr int64_t kItems = ObjectiveBatch::kItems;
constexpr int64_t kTokens = ObjectiveBatch::kTokens;

template <class Change>
Columns changed_columns(const std::vector<std::pair<std::string, ColumnBatch>>& columns,
                        const Change& change) {
  const auto of = [&](const torch::Tensor& tensor) {
    return tensor.defined() ? change(tensor) : tensor;
  };
  std::vector<std::pair<std::string, ColumnBatch>> changed;
  for (const auto& [name, column] : columns) {
    ColumnBatch batch{of(column.policy), of(column.reference), of(column.mask), {}, of(column.old)};
    for (const auto& [number, values] : column.numbers) batch.numbers[number] = of(values);
    changed.emplace_back(name, std::move(batch));
  }
  return Columns(std::move(changed));
}

/// Of rows that their task gives: those that the column needs, and what they have besides.
RowNumbers numbers_of(const ColumnNeed& need) {
  RowNumbers numbers;
  for (const std::string& name : need.numbers) {
    numbers[name] = torch::arange(kItems).remainder(2).to(torch::kFloat32);
  }
  numbers["label"] = torch::arange(kItems).remainder(2).to(torch::kFloat32);
  return numbers;
}

/// Of rollouts: every second row is planted, and worth less than the others.
RowNumbers numbers_of_rollouts() {
  const torch::Tensor planted = torch::arange(kItems).remainder(2).to(torch::kFloat32);
  return {{kPlanted, planted},
          {kReward, -planted},
          {kAdvantage, 0.5 - planted + irregular({kItems}, 300, 0, 0.25)}};
}

}  // namespace

Columns ObjectiveBatch::part(int64_t from, int64_t to) const {
  return changed_columns(columns,
                         [=](const torch::Tensor& tensor) { return tensor.slice(0, from, to); });
}

Columns ObjectiveBatch::moved(size_t c, const torch::Tensor& by) const {
  ObjectiveBatch other = *this;
  ColumnBatch& column = other.columns[c].second;
  column.policy = (leaves[c].detach() + by) * column.mask;
  return other.all();
}

Columns ObjectiveBatch::padded() const {
  return changed_columns(columns, [](const torch::Tensor& tensor) {
    return tensor.dim() == 2 ? at::constant_pad_nd(tensor, {0, 3}) : tensor;
  });
}

std::vector<std::pair<std::string, torch::Tensor>> ObjectiveBatch::numbers() const {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (const auto& [name, column] : columns) {
    const auto add = [&, &whose = name](const std::string& what, const torch::Tensor& tensor) {
      if (tensor.defined()) all.emplace_back(what + " of column " + whose, tensor);
    };
    add("the policy", column.policy);
    add("the reference", column.reference);
    add("the mask", column.mask);
    add("old", column.old);
    for (const auto& [number, values] : column.numbers) add("the number " + number, values);
  }
  return all;
}

ObjectiveBatch make_objective_batch(const ObjectiveFacts& facts, bool at_first, torch::Dtype type) {
  const auto log_probs = [type](uint64_t salt, double low, double high) {
    return irregular({kItems, kTokens}, salt, low, high).to(type);
  };
  ObjectiveBatch batch;
  for (size_t c = 0; c < facts.columns.size(); ++c) {
    ColumnBatch column;
    column.mask = torch::ones({kItems, kTokens}, type);
    for (int64_t i = 0; i < kItems; ++i) {
      column.mask[i].slice(0, 2 + (i + static_cast<int64_t>(c)) % 4).zero_();
    }
    torch::Tensor leaf = log_probs(c, -6.0, -0.5).set_requires_grad(true);
    column.policy = leaf * column.mask;
    if (facts.needs_reference) {
      column.reference =
          at_first ? column.policy.detach() : log_probs(100 + c, -6.0, -0.5) * column.mask;
    }
    if (facts.advantages) {
      column.old = column.policy.detach();
      if (!at_first) column.old = column.old + log_probs(200, -0.3, 0.3) * column.mask;
      column.numbers = numbers_of_rollouts();
    } else {
      column.numbers = numbers_of(facts.columns[c]);
    }
    batch.leaves.push_back(std::move(leaf));
    batch.columns.emplace_back(facts.columns[c].name, std::move(column));
  }
  return batch;
}

}  // namespace leakprobe
