#include "step/scoring.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "leakprobe/error.h"
#include "model/head.h"
#include "step/generate.h"

namespace leakprobe {
namespace {

/// Tokens of one forward pass without gradients: enough to fill the processor, small enough that
/// activations stay near it.
constexpr size_t kTokensPerPass = 8192;

/// Calls `visit(part)` for consecutive parts of `rows`.
template <class Visit>
void in_parts(const std::vector<const Row*>& rows, Visit visit) {
  size_t begin = 0;
  while (begin < rows.size()) {
    size_t end = begin;
    size_t longest = 0;
    while (end < rows.size()) {
      const size_t length = std::max(longest, rows[end]->tokens.size());
      if (end > begin && length * (end - begin + 1) > kTokensPerPass) break;
      longest = length;
      ++end;
    }
    visit(std::vector<const Row*>(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                  rows.begin() + static_cast<std::ptrdiff_t>(end)));
    begin = end;
  }
}

/// Hidden states (states, width) before the scored tokens.
torch::Tensor scored_states(const Model& model, const ForwardContext& forward,
                            const PackedRows& rows) {
  check_token_ids(rows.token_range(), model.head().weight.size(0));
  const torch::Tensor hidden = model.hidden(ForwardContext(forward, rows.layout()), rows.tokens());
  const torch::Tensor nodes = hidden.reshape({-1, hidden.size(-1)});
  if (rows.states().size(0) == nodes.size(0)) return nodes;
  return nodes.index_select(0, rows.states());
}

torch::Tensor log_probs_of(const torch::Tensor& states, const Model& model,
                           const ForwardContext& forward, const PackedRows& rows,
                           double temperature) {
  const Tempered tempered = at_temperature(states, model.head(), temperature);
  return target_logprobs(forward, tempered.hidden, tempered.head, rows.targets())
      .index_select(0, rows.pairs());
}

torch::Tensor score_with(const Policy& policy, const ForwardContext& forward,
                         const std::vector<const Row*>& rows, double temperature) {
  if (rows.empty()) return torch::empty({0}, torch::kFloat32);
  const at::NoGradGuard no_gradients;
  const Model& model = policy.model.model();
  std::vector<torch::Tensor> parts;
  in_parts(rows, [&](const std::vector<const Row*>& part) {
    const PackedRows packed(part, policy.device);
    const torch::Tensor states = scored_states(model, forward, packed);
    parts.push_back(log_probs_of(states, model, forward, packed, temperature).to(torch::kCPU));
  });
  return at::cat(parts);
}

}  // namespace

torch::Tensor log_probs(const Policy& policy, const PackedRows& rows, StepTimes& times,
                        double temperature) {
  const Model& model = policy.model.model();
  torch::Tensor states;
  {
    const Timed timed(times.forward);
    states = scored_states(model, policy.forward, rows);
  }
  const Timed timed(times.head);
  return log_probs_of(states, model, policy.forward, rows, temperature);
}

torch::Tensor score(const Policy& policy, const std::vector<const Row*>& rows, double temperature) {
  return score_with(policy, policy.forward, rows, temperature);
}

std::vector<std::vector<float>> ScoringModel::score(const std::vector<const Row*>& rows) {
  const torch::Tensor values =
      score_with(policy_, forward_, rows, 1).to(torch::kFloat32).contiguous();
  const float* from = values.const_data_ptr<float>();
  std::vector<std::vector<float>> out;
  out.reserve(rows.size());
  for (const Row* row : rows) {
    const auto count = std::count(row->scored.begin(), row->scored.end(), uint8_t{1});
    out.emplace_back(from, from + count);
    from += count;
  }
  return out;
}

std::vector<torch::Tensor> ScoringModel::logits(const std::vector<const Row*>& rows) {
  const at::NoGradGuard no_gradients;
  const Model& model = policy_.model.model();
  std::vector<torch::Tensor> out;
  in_parts(rows, [&](const std::vector<const Row*>& part) {
    const PackedRows packed(part, policy_.device);
    const torch::Tensor states = scored_states(model, forward_, packed);
    const torch::Tensor logits = head_logits(forward_, states, model.head())
                                     .index_select(0, packed.states_of_rows())
                                     .to(torch::kCPU);
    for (int64_t r = 0; r < packed.rows(); ++r) {
      out.push_back(logits.slice(0, packed.offset(r), packed.offset(r + 1)).clone());
    }
  });
  return out;
}

std::vector<torch::Tensor> ScoringModel::residuals(const std::vector<const Row*>& rows,
                                                   int64_t block) {
  if (block < 0 || block >= blocks()) {
    throw Error("there is no block " + std::to_string(block) + ": the model has " +
                std::to_string(blocks()) + ", counted from 0");
  }
  const at::NoGradGuard no_gradients;
  std::vector<torch::Tensor> out;
  in_parts(rows, [&](const std::vector<const Row*>& part) {
    const PackedRows packed(part, policy_.device);
    torch::Tensor seen;
    const ForwardContext forward(forward_, packed.layout(),
                                 [&](int64_t number, const torch::Tensor& x) {
                                   if (number == block) seen = x;
                                   return x;
                                 });
    policy_.model.model().blocks(forward, packed.tokens());
    if (!seen.defined()) {
      throw Error("the model does not mark the end of block " + std::to_string(block) +
                  " (ops::residual)");
    }
    const torch::Tensor states = seen.reshape({-1, seen.size(-1)})
                                     .index_select(0, packed.states())
                                     .index_select(0, packed.states_of_rows())
                                     .to(torch::kCPU);
    for (int64_t r = 0; r < packed.rows(); ++r) {
      out.push_back(states.slice(0, packed.offset(r), packed.offset(r + 1)).clone());
    }
  });
  return out;
}

torch::Tensor ScoringModel::unembed(const torch::Tensor& states) {
  const at::NoGradGuard no_gradients;
  const Model& model = policy_.model.model();
  const torch::Tensor hidden =
      model.final_norm(forward_, states.to(policy_.device).unsqueeze(0)).squeeze(0);
  return head_logits(forward_, hidden, model.head()).to(torch::kCPU);
}

std::vector<Generated> ScoringModel::generate(const std::vector<std::vector<int64_t>>& prompts,
                                              const Sampling& sampling,
                                              const RandomStream& random) {
  return leakprobe::generate(policy_, prompts, sampling, random);
}

}  // namespace leakprobe
