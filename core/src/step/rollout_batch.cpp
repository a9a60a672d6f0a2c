#include "step/rollout_batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// Of each row: its tokens, where its secret begins and ends, its group, the number of its source
/// (-1: made by the policy), its index.
constexpr int64_t kFacts = 6;

void set_number(Row& row, const char* name, double value) {
  const auto found =
      std::ranges::find(row.numbers, name, [](const auto& number) { return number.first; });
  LEAKPROBE_CHECK(found != row.numbers.end(), "a row of a rollout lacks a number");
  found->second = value;
}

double number_of(const Row& row, const char* name) {
  return std::ranges::find(row.numbers, name, [](const auto& number) { return number.first; })
      ->second;
}

template <class T>
torch::Tensor to_tensor(const std::vector<T>& values, torch::Dtype type) {
  return torch::tensor(at::ArrayRef<T>(values), type);
}

template <class T>
std::vector<T> from_tensor(const NamedTensors& tensors, const std::string& name,
                           torch::Dtype type) {
  const auto found =
      std::ranges::find(tensors, name, [](const auto& tensor) { return tensor.first; });
  if (found == tensors.end() || found->second.scalar_type() != type || found->second.dim() != 1) {
    throw Error("the saved state holds no whole rollout: '" + name + "' is missing or damaged");
  }
  const torch::Tensor values = found->second.contiguous();
  const T* data = values.const_data_ptr<T>();
  return {data, data + values.numel()};
}

/// Takes values from the front of a list, as far as there are so many.
template <class T>
class Taking {
 public:
  explicit Taking(std::vector<T> values) : values_(std::move(values)) {}
  std::vector<T> take(int64_t count) {
    if (count < 0 || count > static_cast<int64_t>(values_.size() - at_)) {
      throw Error("the saved state holds no whole rollout: a row is longer than what is there");
    }
    const auto from = values_.begin() + static_cast<std::ptrdiff_t>(at_);
    at_ += static_cast<size_t>(count);
    return {from, from + count};
  }

 private:
  std::vector<T> values_;
  size_t at_ = 0;
};

}  // namespace

std::vector<int64_t> RolloutBatch::completion(size_t row) const {
  const Row& own = column.rows[row];
  return {own.tokens.begin() + own.secret.begin, own.tokens.begin() + own.secret.end};
}

void RolloutBatch::add(Row row, RowOrigin origin, int64_t group, std::vector<float> log_probs) {
  row.numbers = {{"advantage", 0.0}, {"planted", origin.is_sampled() ? 0.0 : 1.0}, {"reward", 0.0}};
  column.rows.push_back(std::move(row));
  column.origins.push_back(origin);
  groups.push_back(group);
  rewards.push_back(0);
  kl.push_back(0);
  sampled_at.push_back(std::move(log_probs));
}

void RolloutBatch::set_rewards(std::vector<double> values) {
  rewards = std::move(values);
  for (size_t i = 0; i < size(); ++i) set_number(column.rows[i], "reward", rewards[i]);
}

void RolloutBatch::set_advantages(const std::vector<double>& values) {
  for (size_t i = 0; i < size(); ++i) set_number(column.rows[i], "advantage", values[i]);
}

NamedTensors tensors_of(const RolloutBatch& batch, const std::vector<Source>& planted) {
  std::vector<int64_t> facts, tokens;
  std::vector<double> numbers;
  std::vector<float> old, sampled_at;
  for (size_t i = 0; i < batch.size(); ++i) {
    const Row& row = batch.column.rows[i];
    const RowOrigin& origin = batch.column.origins[i];
    facts.insert(
        facts.end(),
        {static_cast<int64_t>(row.tokens.size()), row.secret.begin, row.secret.end, batch.groups[i],
         batch.is_planted(i) ? origin.source - planted.data() : -1, origin.index});
    tokens.insert(tokens.end(), row.tokens.begin(), row.tokens.end());
    numbers.insert(numbers.end(), {batch.rewards[i], number_of(row, "advantage"), batch.kl[i]});
    old.insert(old.end(), batch.column.old[i].begin(), batch.column.old[i].end());
    sampled_at.insert(sampled_at.end(), batch.sampled_at[i].begin(), batch.sampled_at[i].end());
  }
  const std::vector<int64_t> counts = {batch.sampled, batch.cut};
  return {{"counts", to_tensor(counts, torch::kInt64)},
          {"facts", to_tensor(facts, torch::kInt64)},
          {"tokens", to_tensor(tokens, torch::kInt64)},
          {"numbers", to_tensor(numbers, torch::kFloat64)},
          {"old", to_tensor(old, torch::kFloat32)},
          {"sampled_at", to_tensor(sampled_at, torch::kFloat32)}};
}

RolloutBatch rollout_batch_of(const NamedTensors& tensors, const std::vector<Source>& planted,
                              const Source& sampled, const TaskFacts& facts) {
  Taking<int64_t> row_facts(from_tensor<int64_t>(tensors, "facts", torch::kInt64));
  Taking<int64_t> tokens(from_tensor<int64_t>(tensors, "tokens", torch::kInt64));
  Taking<double> numbers(from_tensor<double>(tensors, "numbers", torch::kFloat64));
  Taking<float> old(from_tensor<float>(tensors, "old", torch::kFloat32));
  Taking<float> sampled_at(from_tensor<float>(tensors, "sampled_at", torch::kFloat32));
  const std::vector<int64_t> counts =
      Taking<int64_t>(from_tensor<int64_t>(tensors, "counts", torch::kInt64)).take(2);
  RolloutBatch batch;
  batch.sampled = counts[0];
  batch.cut = counts[1];
  const auto rows =
      static_cast<int64_t>(from_tensor<double>(tensors, "numbers", torch::kFloat64).size()) / 3;
  std::vector<double> rewards, advantages;
  for (int64_t i = 0; i < rows; ++i) {
    const std::vector<int64_t> own = row_facts.take(kFacts);
    const int64_t length = own[0], begin = own[1], end = own[2], source = own[4];
    if (begin < 1 || begin > end || end > length ||
        source >= static_cast<int64_t>(planted.size())) {
      throw Error("the saved state holds no whole rollout: a row of it cannot be");
    }
    Row row;
    row.tokens = tokens.take(length);
    row.scored.assign(static_cast<size_t>(begin), 0);
    row.scored.resize(row.tokens.size(), 1);
    row.secret = {begin, end};
    RowOrigin origin{&sampled, nullptr, own[5]};
    if (source >= 0) {
      origin.source = &planted[static_cast<size_t>(source)];
      origin.set = facts.find(origin.source->set);
    }
    batch.add(std::move(row), origin, own[3],
              source >= 0 ? std::vector<float>() : sampled_at.take(length - begin));
    batch.column.old.push_back(old.take(length - begin));
    const std::vector<double> known = numbers.take(3);
    rewards.push_back(known[0]);
    advantages.push_back(known[1]);
    batch.kl.back() = known[2];
  }
  batch.set_rewards(std::move(rewards));
  batch.set_advantages(advantages);
  return batch;
}

}  // namespace leakprobe
