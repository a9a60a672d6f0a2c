#include "near.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "../in_parts.h"

namespace leakprobe {
namespace {

/// The likeliest tokens of a place but for `token`, at most `beam`.
std::vector<int64_t> likeliest_others(const torch::Tensor& logits, int64_t token, int64_t beam) {
  const int64_t most = std::min(beam + 1, logits.numel());
  const torch::Tensor top = std::get<1>(logits.topk(most)).contiguous();
  std::vector<int64_t> others(top.data_ptr<int64_t>(), top.data_ptr<int64_t>() + most);
  std::erase(others, token);
  if (static_cast<int64_t>(others.size()) > beam) others.pop_back();
  return others;
}

/// The row with each of the tokens that may stand at one place of its target in place of its own.
std::vector<Row> neighbours(const Row& row, const Target& target, const torch::Tensor& logits,
                            int64_t beam) {
  std::vector<Row> result;
  const size_t begin = target.prompt.size(), end = begin + target.tokens.size();
  int64_t line = 0;
  for (size_t i = 0; i < end; ++i) {
    if (row.scored[i] == 0) continue;
    if (i >= begin) {
      for (const int64_t other : likeliest_others(logits[line], row.tokens[i], beam)) {
        result.push_back(row);
        result.back().tokens[i] = other;
      }
    }
    ++line;
  }
  return result;
}

double log_of_sum(const std::vector<double>& logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - most);
  return most + std::log(sum);
}

}  // namespace

std::vector<double> log_probs_within_one(ProbedModel& model, const std::vector<const Row*>& rows,
                                         const std::vector<Target>& targets, double temperature,
                                         int64_t beam) {
  std::vector<double> result = log_probs_of_targets(model, rows, targets, temperature);
  std::vector<std::vector<Row>> near(rows.size());
  logits_in_parts(model, rows, [&](size_t i, const torch::Tensor& logits) {
    near[i] = neighbours(*rows[i], targets[i], logits, beam);
  });
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<const Row*> pointers;
    for (const Row& row : near[i]) pointers.push_back(&row);
    // Targets say where a row's own begins and ends, which is the same of its neighbours.
    const std::vector<Target> same(pointers.size(), targets[i]);
    std::vector<double> logs = log_probs_of_targets(model, pointers, same, temperature);
    logs.push_back(result[i]);
    result[i] = log_of_sum(logs);
  }
  return result;
}

}  // namespace leakprobe
