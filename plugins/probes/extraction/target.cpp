#include "target.h"

#include <ATen/ATen.h>

#include <numeric>

#include "../in_parts.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// The sum over those of a row's scored tokens that are of its target.
double sum_of(const Row& row, const Target& target, const std::vector<float>& scores) {
  const size_t begin = target.prompt.size(), end = begin + target.tokens.size();
  double sum = 0;
  size_t score = 0;
  for (size_t i = 0; i < row.tokens.size(); ++i) {
    if (row.scored[i] == 0) continue;
    if (i >= begin && i < end) sum += scores.at(score);
    ++score;
  }
  return sum;
}

/// The log-probabilities of a row's scored tokens.
std::vector<float> tempered(const Row& row, const torch::Tensor& logits, double temperature) {
  std::vector<int64_t> scored;
  for (size_t i = 0; i < row.tokens.size(); ++i) {
    if (row.scored[i] != 0) scored.push_back(row.tokens[i]);
  }
  const torch::Tensor own = at::log_softmax(logits / temperature, -1)
                                .gather(1, torch::tensor(scored).unsqueeze(1))
                                .to(torch::kFloat)
                                .contiguous();
  return {own.data_ptr<float>(), own.data_ptr<float>() + own.numel()};
}

}  // namespace

Target target_of(const Row& row, int64_t context, const Cell& cell) {
  for (int64_t i = row.secret.begin + context; i < row.secret.end; ++i) {
    if (row.scored[static_cast<size_t>(i)] == 0) continue;
    const auto begin = row.tokens.begin();
    return {{begin, begin + i}, {begin + i, begin + row.secret.end}};
  }
  throw Error("a secret of '" + cell.name() + "' behind prefix '" + cell.prefix +
              "' has no scored token behind the first " + std::to_string(context) +
              "; lower 'context'");
}

std::vector<double> log_probs_of_targets(ProbedModel& model, const std::vector<const Row*>& rows,
                                         const std::vector<Target>& targets, double temperature) {
  std::vector<double> sums(rows.size());
  if (temperature != 1) {
    logits_in_parts(model, rows, [&](size_t i, const torch::Tensor& logits) {
      sums[i] = sum_of(*rows[i], targets[i], tempered(*rows[i], logits, temperature));
    });
    return sums;
  }
  const std::vector<std::vector<float>> scores = model.score(rows);
  LEAKPROBE_CHECK(scores.size() == rows.size(), "a model scored another number of rows");
  for (size_t i = 0; i < rows.size(); ++i) sums[i] = sum_of(*rows[i], targets[i], scores[i]);
  return sums;
}

}  // namespace leakprobe
