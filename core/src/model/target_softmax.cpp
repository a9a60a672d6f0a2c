#include "model/target_softmax.h"

#include <ATen/ATen.h>

#include "model/kernels/log_softmax.h"
#include "model/kernels/typed_data.h"

namespace leakprobe {
namespace {

TargetTokens tokens_of(const Targets& targets) {
  // Places are counted from the first pair of these states.
  const auto* firsts = data_of<const int64_t>(targets.firsts);
  return {firsts, data_of<const int64_t>(targets.tokens) - firsts[0]};
}

/// The state of each pair, on the device of the tokens.
torch::Tensor states_of(const Targets& targets) {
  return at::repeat_interleave(targets.firsts.diff()).to(targets.tokens.device());
}

torch::Tensor totals(const Targets& targets, const torch::Tensor& states,
                     const torch::Tensor& scale) {
  return at::zeros({targets.states()}, scale.options()).index_add(0, states, scale);
}

/// As the kernel's: 1 - p of a likely token keeps its digits.
torch::Tensor target_gradients(const torch::Tensor& log_probabilities, const torch::Tensor& scale,
                               const torch::Tensor& totals) {
  const torch::Tensor p = log_probabilities.exp();
  return scale * (1.0f - p) - (totals - scale) * p;
}

}  // namespace

Targets Targets::part(int64_t begin, int64_t count) const {
  const torch::Tensor own = firsts.narrow(0, begin, count + 1);
  const int64_t first = own[0].item<int64_t>();
  const int64_t place = first - firsts[0].item<int64_t>();  // of a part, too
  return {own, tokens.narrow(0, place, own[count].item<int64_t>() - first)};
}

Targets Targets::each(const torch::Tensor& tokens) {
  return {at::arange(tokens.size(0) + 1, torch::kInt64), tokens};
}

void log_softmax_at(const torch::Tensor& logits, const Targets& targets,
                    const torch::Tensor& result, const torch::Tensor& logsumexps) {
  if (!logits.is_cpu()) return with_torch::log_softmax_at(logits, targets, result, logsumexps);
  by_type(logits, [&](auto type) {
    target_log_softmax(logits.size(0), logits.size(1), data_of<const decltype(type)>(logits),
                       tokens_of(targets), data_of<float>(result), data_of<float>(logsumexps));
  });
}

torch::Tensor logit_gradients(const torch::Tensor& logits, const Targets& targets,
                              const torch::Tensor& logsumexps, const torch::Tensor& scale) {
  if (!logits.is_cpu()) return with_torch::logit_gradients(logits, targets, logsumexps, scale);
  by_type(logits, [&](auto type) {
    target_log_softmax_gradients(logits.size(0), logits.size(1), data_of<decltype(type)>(logits),
                                 tokens_of(targets), data_of<const float>(logsumexps),
                                 data_of<const float>(scale));
  });
  return logits;
}

torch::Tensor other_probabilities(const torch::Tensor& logits, const Targets& targets,
                                  const torch::Tensor& logsumexps) {
  if (!logits.is_cpu()) return with_torch::other_probabilities(logits, targets, logsumexps);
  by_type(logits, [&](auto type) {
    other_probabilities(logits.size(0), logits.size(1), data_of<decltype(type)>(logits),
                        tokens_of(targets), data_of<const float>(logsumexps));
  });
  return logits;
}

torch::Tensor state_gradients(const torch::Tensor& weight, const torch::Tensor& others,
                              const Targets& targets, const torch::Tensor& result,
                              const torch::Tensor& scale) {
  if (!others.is_cpu()) {
    return with_torch::state_gradients(weight, others, targets, result, scale);
  }
  torch::Tensor gradients = torch::empty(others.sizes(), scale.options());
  by_type(others, [&](auto type) {
    using T = decltype(type);
    state_gradients(others.size(0), others.size(1), data_of<const T>(weight),
                    data_of<const T>(others), tokens_of(targets), data_of<const float>(result),
                    data_of<const float>(scale), data_of<float>(gradients));
  });
  return gradients;
}

namespace with_torch {

void log_softmax_at(const torch::Tensor& logits, const Targets& targets,
                    const torch::Tensor& result, const torch::Tensor& logsumexps) {
  const torch::Tensor states = states_of(targets);
  torch::Tensor logsumexp = logsumexps;
  logsumexp.copy_(at::logsumexp(logits.to(torch::kFloat32), {1}));
  torch::Tensor values = result;
  values.copy_(logits.index({states, targets.tokens}).to(torch::kFloat32) -
               logsumexp.index_select(0, states));
}

torch::Tensor logit_gradients(const torch::Tensor& logits, const Targets& targets,
                              const torch::Tensor& logsumexps, const torch::Tensor& scale) {
  const torch::Tensor states = states_of(targets);
  const torch::Tensor total = totals(targets, states, scale);
  const torch::Tensor log_probabilities =
      logits.index({states, targets.tokens}).to(torch::kFloat32) -
      logsumexps.index_select(0, states);
  torch::Tensor gradients = at::exp(logits.to(torch::kFloat32) - logsumexps.unsqueeze(1));
  gradients.mul_(total.neg().unsqueeze(1));
  gradients.index_put_({states, targets.tokens},
                       target_gradients(log_probabilities, scale, total.index_select(0, states)));
  return gradients.to(logits.scalar_type());
}

torch::Tensor other_probabilities(const torch::Tensor& logits, const Targets& targets,
                                  const torch::Tensor& logsumexps) {
  torch::Tensor others = at::exp(logits.to(torch::kFloat32) - logsumexps.unsqueeze(1));
  others.index_put_({states_of(targets), targets.tokens}, torch::zeros({}, others.options()));
  return others.to(logits.scalar_type());
}

torch::Tensor state_gradients(const torch::Tensor& weight, const torch::Tensor& others,
                              const Targets& targets, const torch::Tensor& result,
                              const torch::Tensor& scale) {
  const torch::Tensor states = states_of(targets);
  const torch::Tensor total = totals(targets, states, scale);
  const torch::Tensor gradients = target_gradients(result, scale, total.index_select(0, states));
  const torch::Tensor own =
      weight.index_select(0, targets.tokens).to(torch::kFloat32) * gradients.unsqueeze(1);
  return (others.to(torch::kFloat32) * total.neg().unsqueeze(1)).index_add_(0, states, own);
}

}  // namespace with_torch
}  // namespace leakprobe
