#include "model/head.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "leakprobe/error.h"
#include "model/apply_function.h"
#include "model/products.h"
#include "model/token_ids.h"

namespace leakprobe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Logits of one part: enough states that the product is efficient, few enough that memory stays
/// low. A GPU needs more of them at once to be busy.
int64_t part_bytes(const torch::Tensor& hidden) {
  return hidden.is_cpu() ? int64_t{128} << 20 : int64_t{1} << 30;
}
/// bf16 logits up to this size are kept for the backward pass: cheaper than the product again.
constexpr int64_t kKeptBytes = int64_t{1} << 30;

int64_t states_a_part(const torch::Tensor& x, int64_t vocabulary) {
  const int64_t bytes = vocabulary * static_cast<int64_t>(x.element_size());
  return std::clamp<int64_t>(part_bytes(x) / std::max<int64_t>(bytes, 1), 1,
                             std::max<int64_t>(x.size(0), 1));
}

/// Logits (states, vocabulary) f32 of what probes ask, without gradients; x f32, bias f32.
torch::Tensor split_logits(const ForwardContext& forward, const torch::Tensor& x,
                           const torch::Tensor& weight, const torch::Tensor& bias) {
  torch::Tensor logits = split_product(split_numbers(x), forward.split(weight));
  if (bias.defined()) logits.add_(bias);
  return logits;
}

/// Three ways to the gradient. Nothing trained in the head: what is left of the logits is their
/// share of the gradient in the states, made in the forward pass. Few logits, or bf16: they are
/// kept. Otherwise each part's logits are computed again.
class TargetLogProbs : public torch::autograd::Function<TargetLogProbs> {
 public:
  static torch::Tensor forward(AutogradContext* context, const ForwardContext* state,
                               const torch::Tensor& hidden, const torch::Tensor& weight,
                               const std::optional<torch::Tensor>& bias, const Targets* targets,
                               bool differentiable) {
    const torch::ScalarType type = ForwardContext::type_of(state->head_compute());
    const torch::Tensor x = hidden.detach().to(type).contiguous();
    const torch::Tensor w = state->as_type(weight, type);
    const torch::Tensor b = bias ? state->as_type(*bias, type) : torch::Tensor();
    const int64_t states = x.size(0);
    const int64_t vocabulary = w.size(0);
    const int64_t part = states_a_part(x, vocabulary);
    const int64_t bytes = states * vocabulary * static_cast<int64_t>(x.element_size());
    const bool trained = weight.requires_grad() || (bias && bias->requires_grad());
    const bool keep = differentiable && trained &&
                      bytes <= (type == torch::kBFloat16 ? kKeptBytes : part_bytes(x));
    const bool frozen = differentiable && !trained;
    const bool in_two_terms = !differentiable && state->splits_head(x);

    const auto options = hidden.options().dtype(torch::kFloat32);
    torch::Tensor result = torch::empty({targets->pairs()}, options);
    torch::Tensor logsumexps = torch::empty({states}, options);
    torch::Tensor kept = keep ? torch::empty({states, vocabulary}, x.options()) : torch::Tensor();
    torch::Tensor others = frozen ? torch::empty_like(x) : torch::Tensor();
    int64_t first = 0;
    for (int64_t begin = 0; begin < states; begin += part) {
      const int64_t size = std::min(part, states - begin);
      const Targets own = targets->part(begin, size);
      const torch::Tensor logsumexp = logsumexps.narrow(0, begin, size);
      const torch::Tensor own_states = x.narrow(0, begin, size);
      const torch::Tensor logits = in_two_terms ? split_logits(*state, own_states, weight, b)
                                                : state->product(own_states, {weight}, b);
      log_softmax_at(logits, own, result.narrow(0, first, own.pairs()), logsumexp);
      first += own.pairs();
      if (frozen) {
        const torch::Tensor rest = other_probabilities(logits, own, logsumexp);
        others.narrow(0, begin, size).copy_(input_gradient(rest, w));
      }
      if (keep && size == states) {
        kept = logits;
      } else if (keep) {
        kept.narrow(0, begin, size).copy_(logits);
      }
    }
    if (differentiable) {
      if (frozen) {
        context->save_for_backward({targets->firsts, targets->tokens, w, others, result});
      } else {
        context->save_for_backward({targets->firsts, targets->tokens, w, x, b, logsumexps, kept});
      }
      context->saved_data["frozen"] = frozen;
      context->saved_data["spent"] = false;
      context->saved_data["part"] = keep ? states : part;
      context->saved_data["hidden_type"] = static_cast<int64_t>(hidden.scalar_type());
    }
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto hidden_type =
        static_cast<torch::ScalarType>(context->saved_data["hidden_type"].toInt());
    const torch::Tensor scale = gradients[0].contiguous();
    const Targets targets{saved[0], saved[1]};
    const torch::Tensor& w = saved[2];
    if (context->saved_data["frozen"].toBool()) {
      return {{}, state_gradients(w, saved[3], targets, saved[4], scale).to(hidden_type),
              {}, {},
              {}, {}};
    }
    const torch::Tensor& x = saved[3];
    const torch::Tensor& b = saved[4];
    const int64_t states = x.size(0);
    const int64_t part = context->saved_data["part"].toInt();
    const bool needs_hidden = context->needs_input_grad(0);
    const bool needs_weight = context->needs_input_grad(1);
    const bool needs_bias = b.defined() && context->needs_input_grad(2);
    torch::Tensor hidden = needs_hidden && part < states
                               ? torch::empty(x.sizes(), x.options().dtype(hidden_type))
                               : torch::Tensor();
    torch::Tensor weight;
    torch::Tensor bias;
    int64_t first = 0;
    for (int64_t begin = 0; begin < states; begin += part) {
      const int64_t size = std::min(part, states - begin);
      const Targets own = targets.part(begin, size);
      const torch::Tensor input = x.narrow(0, begin, size);
      // Kept logits are written over; who asks for the gradient again waits for the product.
      const bool reuse = saved[6].defined() && !context->saved_data["spent"].toBool();
      const torch::Tensor logits = reuse ? saved[6] : product(input, w, b);
      context->saved_data["spent"] = true;
      const torch::Tensor outer = logit_gradients(logits, own, saved[5].narrow(0, begin, size),
                                                  scale.narrow(0, first, own.pairs()));
      first += own.pairs();
      if (needs_hidden) {
        const torch::Tensor gradient = input_gradient(outer, w);
        if (hidden.defined()) {
          hidden.narrow(0, begin, size).copy_(gradient);
        } else {
          hidden = gradient.to(hidden_type);
        }
      }
      if (needs_weight) add_to(weight, weight_gradient(outer, input).to(torch::kFloat32));
      if (needs_bias) add_to(bias, bias_gradient(outer));
    }
    return {{}, hidden, weight, bias, {}, {}};
  }

 private:
  static void add_to(torch::Tensor& total, const torch::Tensor& part) {
    if (total.defined()) {
      total.add_(part);
    } else {
      total = part;
    }
  }
};

}  // namespace

torch::Tensor target_logprobs(const ForwardContext& forward, const torch::Tensor& hidden,
                              const Head& head, const Targets& targets) {
  LEAKPROBE_CHECK(hidden.dim() == 2 && head.weight.dim() == 2 &&
                      hidden.size(1) == head.weight.size(1) && targets.tokens.dim() == 1 &&
                      targets.states() == hidden.size(0) &&
                      targets.tokens.scalar_type() == torch::kInt64,
                  "target_logprobs takes hidden (states, width), a head of that width, targets of "
                  "those states");
  if (hidden.size(0) == 0) return hidden.sum({1}, false, torch::kFloat32);
  const Targets indices{targets.firsts.contiguous(), targets.tokens.contiguous()};
  check_token_ids(indices.tokens, head.weight.size(0));
  const bool differentiable =
      at::GradMode::is_enabled() && (hidden.requires_grad() || head.weight.requires_grad() ||
                                     (head.bias.defined() && head.bias.requires_grad()));
  return apply_function<TargetLogProbs>(
      &forward, hidden, head.weight, head.bias.defined() ? std::optional(head.bias) : std::nullopt,
      &indices, differentiable);
}

torch::Tensor target_logprobs(const ForwardContext& forward, const torch::Tensor& hidden,
                              const Head& head, const torch::Tensor& targets) {
  return target_logprobs(forward, hidden, head, Targets::each(targets));
}

Tempered at_temperature(const torch::Tensor& hidden, const Head& head, double temperature) {
  LEAKPROBE_CHECK(temperature > 0, "log-probabilities are asked for at a temperature above 0");
  if (temperature == 1) return {hidden, head};
  // Of the states and not of logits, which the head makes in parts and may round.
  return {hidden / temperature,
          {head.weight, head.bias.defined() ? head.bias / temperature : torch::Tensor()}};
}

torch::Tensor head_logits(const ForwardContext& forward, const torch::Tensor& hidden,
                          const Head& head) {
  const at::NoGradGuard no_gradients;
  const torch::Tensor x = hidden.to(torch::kFloat32).contiguous();
  const torch::Tensor bias = head.bias.defined() ? head.bias.detach() : torch::Tensor();
  if (forward.splits_head(x)) return split_logits(forward, x, head.weight, bias);
  return product(x, head.weight.detach(), bias);
}

}  // namespace leakprobe
