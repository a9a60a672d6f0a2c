#include "step/rollout_batch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <utility>

#include "leakprobe/error.h"
#include "leakprobe/policy_gradient.h"

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
    fail_rollout("its '" + name + "' are missing or of another type");
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
      fail_rollout("a row is longer than what is there");
    }
    const auto from = values_.begin() + static_cast<std::ptrdiff_t>(at_);
    at_ += static_cast<size_t>(count);
    return {from, from + count};
  }
  bool is_empty() const { return at_ == values_.size(); }

 private:
  std::vector<T> values_;
  size_t at_ = 0;
};

/// Of a row whose facts name source number `source`, or -1 where the policy made it.
RowOrigin origin_of(int64_t source, int64_t index, const std::vector<Source>& planted,
                    const Source& sampled, const TaskFacts& facts) {
  if (source < -1 || source >= static_cast<int64_t>(planted.size()) || index < 0) {
    fail_rollout("a row of it is of no source");
  }
  if (source == -1) return {&sampled, nullptr, index};
  const Source& own = planted[static_cast<size_t>(source)];
  const SetFacts* set = facts.find(own.set);
  if (set->size && index >= *set->size) fail_rollout("a row of it is beyond its set");
  return {&own, set, index};
}

}  // namespace

void fail_rollout(const std::string& what) {
  throw Error("the saved state holds no whole rollout: " + what + "; start again with --fresh");
}

std::vector<int64_t> RolloutBatch::completion(size_t row) const {
  const Row& own = column.rows[row];
  return {own.tokens.begin() + own.secret.begin, own.tokens.begin() + own.secret.end};
}

double RolloutBatch::advantage(size_t row) const { return number_of(column.rows[row], kAdvantage); }

void RolloutBatch::add(Row row, RowOrigin origin, int64_t group, std::vector<float> log_probs) {
  row.numbers = {{kAdvantage, 0.0}, {kPlanted, origin.is_sampled() ? 0.0 : 1.0}, {kReward, 0.0}};
  column.rows.push_back(std::move(row));
  column.origins.push_back(origin);
  groups.push_back(group);
  rewards.push_back(0);
  kl.push_back(0);
  sampled_at.push_back(std::move(log_probs));
}

void RolloutBatch::set_rewards(std::vector<double> values) {
  rewards = std::move(values);
  for (size_t i = 0; i < size(); ++i) set_number(column.rows[i], kReward, rewards[i]);
}

void RolloutBatch::set_advantages(const std::vector<double>& values) {
  for (size_t i = 0; i < size(); ++i) set_number(column.rows[i], kAdvantage, values[i]);
}

NamedTensors tensors_of(const RolloutBatch& batch, const std::vector<Source>& planted) {
  std::vector<int64_t> facts, tokens;
  std::vector<double> numbers;
  std::vector<float> old, reference, sampled_at;
  for (size_t i = 0; i < batch.size(); ++i) {
    const Row& row = batch.column.rows[i];
    const RowOrigin& origin = batch.column.origins[i];
    facts.insert(
        facts.end(),
        {static_cast<int64_t>(row.tokens.size()), row.secret.begin, row.secret.end, batch.groups[i],
         batch.is_planted(i) ? origin.source - planted.data() : -1, origin.index});
    tokens.insert(tokens.end(), row.tokens.begin(), row.tokens.end());
    numbers.insert(numbers.end(), {batch.rewards[i], batch.advantage(i), batch.kl[i]});
    old.insert(old.end(), batch.column.old[i].begin(), batch.column.old[i].end());
    if (!batch.column.reference.empty()) {
      const std::vector<float>& own = batch.column.reference[i];
      reference.insert(reference.end(), own.begin(), own.end());
    }
    sampled_at.insert(sampled_at.end(), batch.sampled_at[i].begin(), batch.sampled_at[i].end());
  }
  const std::vector<int64_t> counts = {batch.sampled, batch.cut};
  return {{"counts", to_tensor(counts, torch::kInt64)},
          {"facts", to_tensor(facts, torch::kInt64)},
          {"tokens", to_tensor(tokens, torch::kInt64)},
          {"numbers", to_tensor(numbers, torch::kFloat64)},
          {"old", to_tensor(old, torch::kFloat32)},
          {"reference", to_tensor(reference, torch::kFloat32)},
          {"sampled_at", to_tensor(sampled_at, torch::kFloat32)}};
}

RolloutBatch rollout_batch_of(const NamedTensors& tensors, const std::vector<Source>& planted,
                              const Source& sampled, const TaskFacts& facts) {
  Taking<int64_t> row_facts(from_tensor<int64_t>(tensors, "facts", torch::kInt64));
  Taking<int64_t> tokens(from_tensor<int64_t>(tensors, "tokens", torch::kInt64));
  Taking<double> numbers(from_tensor<double>(tensors, "numbers", torch::kFloat64));
  Taking<float> old(from_tensor<float>(tensors, "old", torch::kFloat32));
  Taking<float> reference(from_tensor<float>(tensors, "reference", torch::kFloat32));
  Taking<float> sampled_at(from_tensor<float>(tensors, "sampled_at", torch::kFloat32));
  const std::vector<int64_t> counts =
      Taking<int64_t>(from_tensor<int64_t>(tensors, "counts", torch::kInt64)).take(2);
  const bool has_reference = !reference.is_empty();
  RolloutBatch batch;
  batch.sampled = counts[0];
  batch.cut = counts[1];
  std::vector<double> rewards, advantages;
  while (!row_facts.is_empty()) {
    const std::vector<int64_t> own = row_facts.take(kFacts);
    const int64_t length = own[0], begin = own[1], end = own[2];
    if (begin < 1 || begin > end || end > length) fail_rollout("a row of it cannot be");
    const RowOrigin origin = origin_of(own[4], own[5], planted, sampled, facts);
    Row row;
    row.tokens = tokens.take(length);
    row.scored.assign(static_cast<size_t>(begin), 0);
    row.scored.resize(row.tokens.size(), 1);
    row.secret = {begin, end};
    batch.add(std::move(row), origin, own[3],
              origin.is_sampled() ? sampled_at.take(length - begin) : std::vector<float>());
    batch.column.old.push_back(old.take(length - begin));
    if (has_reference) batch.column.reference.push_back(reference.take(length - begin));
    const std::vector<double> known = numbers.take(3);
    rewards.push_back(known[0]);
    advantages.push_back(known[1]);
    batch.kl.back() = known[2];
  }
  if (!tokens.is_empty() || !numbers.is_empty() || !old.is_empty() || !reference.is_empty() ||
      !sampled_at.is_empty()) {
    fail_rollout("it holds more than its rows");
  }
  batch.set_rewards(std::move(rewards));
  batch.set_advantages(advantages);
  return batch;
}

}  // namespace leakprobe
