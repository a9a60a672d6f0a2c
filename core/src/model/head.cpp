#include "model/head.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

#include "leakprobe/error.h"
#include "model/kernels/log_softmax.h"
#include "model/kernels/typed_data.h"
#include "model/products.h"
#include "model/token_ids.h"

namespace leakprobe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Logits of one part: enough rows that the product is efficient, few enough that memory stays low.
constexpr int64_t kPartBytes = int64_t{128} << 20;
/// bf16 logits up to this size are kept for the backward pass: cheaper than the product again.
constexpr int64_t kKeptBytes = int64_t{1} << 30;

int64_t rows_a_part(int64_t rows, int64_t vocabulary, torch::ScalarType type) {
  const int64_t bytes = vocabulary * static_cast<int64_t>(torch::elementSize(type));
  return std::clamp<int64_t>(kPartBytes / std::max<int64_t>(bytes, 1), 1,
                             std::max<int64_t>(rows, 1));
}

/// Log-probabilities of `targets`, and what each row's logits are normalised by.
void log_softmax_at(const torch::Tensor& logits, const torch::Tensor& targets,
                    const torch::Tensor& result, const torch::Tensor& normalisers) {
  if (logits.is_cpu()) {
    by_type(logits, [&](auto type) {
      target_log_softmax(logits.size(0), logits.size(1), data_of<const decltype(type)>(logits),
                         data_of<const int64_t>(targets), data_of<float>(result),
                         data_of<float>(normalisers));
    });
    return;
  }
  const torch::Tensor exact = logits.to(torch::kFloat32);
  torch::Tensor normaliser = normalisers;
  normaliser.copy_(at::logsumexp(exact, {1}));
  torch::Tensor values = result;
  values.copy_(exact.gather(1, targets.unsqueeze(1)).squeeze(1) - normaliser);
}

/// Replaces logits by scale (one-hot(target) - softmax): the gradient in the logits.
torch::Tensor slopes_of(const torch::Tensor& logits, const torch::Tensor& targets,
                        const torch::Tensor& normalisers, const torch::Tensor& scale) {
  if (logits.is_cpu()) {
    by_type(logits, [&](auto type) {
      target_log_softmax_slopes(logits.size(0), logits.size(1), data_of<decltype(type)>(logits),
                                data_of<const int64_t>(targets), data_of<const float>(normalisers),
                                scale.defined() ? data_of<const float>(scale) : nullptr);
    });
    return logits;
  }
  torch::Tensor slopes = at::exp(logits.to(torch::kFloat32) - normalisers.unsqueeze(1)).neg_();
  slopes.scatter_add_(1, targets.unsqueeze(1), torch::ones({targets.size(0), 1}, slopes.options()));
  if (scale.defined()) slopes.mul_(scale.unsqueeze(1));
  return slopes.to(logits.scalar_type());
}

/// Three ways to the gradient. Nothing trained in the head: rows of (one-hot - softmax) weight are
/// made in the forward pass and scaled in the backward pass, so that no logits are kept. Few
/// logits, or bf16: they are kept. Otherwise each part's logits are computed again.
class TargetLogProbs : public torch::autograd::Function<TargetLogProbs> {
 public:
  static torch::Tensor forward(AutogradContext* context, const Forward* state,
                               const torch::Tensor& hidden, const torch::Tensor& weight,
                               const std::optional<torch::Tensor>& bias,
                               const torch::Tensor& targets, bool differentiable) {
    const torch::ScalarType type = Forward::type_of(state->head_compute());
    const torch::Tensor x = hidden.detach().to(type).contiguous();
    const torch::Tensor w = state->as_type(weight, type);
    const torch::Tensor b = bias ? state->as_type(*bias, type) : torch::Tensor();
    const int64_t rows = x.size(0);
    const int64_t vocabulary = w.size(0);
    const int64_t part = rows_a_part(rows, vocabulary, type);
    const int64_t bytes = rows * vocabulary * static_cast<int64_t>(x.element_size());
    const bool trained = weight.requires_grad() || (bias && bias->requires_grad());
    const bool keep =
        differentiable && trained && bytes <= (type == torch::kBFloat16 ? kKeptBytes : kPartBytes);
    const bool slopes = differentiable && !trained;

    torch::Tensor result = torch::empty({rows}, hidden.options().dtype(torch::kFloat32));
    torch::Tensor normalisers = torch::empty_like(result);
    torch::Tensor kept = keep ? torch::empty({rows, vocabulary}, x.options()) : torch::Tensor();
    torch::Tensor directions = slopes ? torch::empty_like(x) : torch::Tensor();
    for (int64_t begin = 0; begin < rows; begin += part) {
      const int64_t size = std::min(part, rows - begin);
      const torch::Tensor target = targets.narrow(0, begin, size);
      const torch::Tensor normaliser = normalisers.narrow(0, begin, size);
      torch::Tensor logits = product(x.narrow(0, begin, size), w, b);
      log_softmax_at(logits, target, result.narrow(0, begin, size), normaliser);
      if (slopes) {
        const torch::Tensor slope = slopes_of(logits, target, normaliser, {});
        directions.narrow(0, begin, size).copy_(input_gradient(slope, w));
      }
      if (keep) {
        if (size == rows) {
          kept = logits;
        } else {
          kept.narrow(0, begin, size).copy_(logits);
        }
      }
    }
    if (differentiable) {
      if (slopes) {
        context->save_for_backward({directions});
      } else {
        context->save_for_backward({x, w, b, targets, normalisers, kept});
      }
      context->saved_data["slopes"] = slopes;
      context->saved_data["spent"] = false;
      context->saved_data["part"] = keep ? rows : part;
      context->saved_data["hidden_type"] = static_cast<int64_t>(hidden.scalar_type());
    }
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const auto hidden_type =
        static_cast<torch::ScalarType>(context->saved_data["hidden_type"].toInt());
    const torch::Tensor scale = gradients[0].contiguous();
    if (context->saved_data["slopes"].toBool()) {
      return {{}, saved[0].to(hidden_type) * scale.unsqueeze(1), {}, {}, {}, {}};
    }
    const torch::Tensor& x = saved[0];
    const torch::Tensor& w = saved[1];
    const torch::Tensor& b = saved[2];
    const int64_t rows = x.size(0);
    const int64_t part = context->saved_data["part"].toInt();
    const bool needs_hidden = context->needs_input_grad(0);
    const bool needs_weight = context->needs_input_grad(1);
    const bool needs_bias = b.defined() && context->needs_input_grad(2);
    torch::Tensor hidden = needs_hidden && part < rows
                               ? torch::empty(x.sizes(), x.options().dtype(hidden_type))
                               : torch::Tensor();
    torch::Tensor weight;
    torch::Tensor bias;
    for (int64_t begin = 0; begin < rows; begin += part) {
      const int64_t size = std::min(part, rows - begin);
      const torch::Tensor input = x.narrow(0, begin, size);
      // Kept logits are written over; who asks for the gradient again waits for the product.
      const bool reuse = saved[5].defined() && !context->saved_data["spent"].toBool();
      const torch::Tensor logits = reuse ? saved[5] : product(input, w, b);
      context->saved_data["spent"] = true;
      const torch::Tensor slopes =
          slopes_of(logits, saved[3].narrow(0, begin, size), saved[4].narrow(0, begin, size),
                    scale.narrow(0, begin, size));
      if (needs_hidden) {
        const torch::Tensor gradient = input_gradient(slopes, w);
        if (hidden.defined()) {
          hidden.narrow(0, begin, size).copy_(gradient);
        } else {
          hidden = gradient.to(hidden_type);
        }
      }
      if (needs_weight) add_to(weight, weight_gradient(slopes, input).to(torch::kFloat32));
      if (needs_bias) add_to(bias, bias_gradient(slopes));
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

torch::Tensor target_logprobs(const Forward& forward, const torch::Tensor& hidden, const Head& head,
                              const torch::Tensor& targets) {
  LEAKPROBE_CHECK(hidden.dim() == 2 && head.weight.dim() == 2 &&
                      hidden.size(1) == head.weight.size(1) && targets.dim() == 1 &&
                      targets.size(0) == hidden.size(0) && targets.scalar_type() == torch::kInt64,
                  "target_logprobs takes hidden (n, width), a head of that width, targets (n)");
  if (hidden.size(0) == 0) return hidden.sum({1}, false, torch::kFloat32);
  const torch::Tensor indices = targets.contiguous();
  check_token_ids(indices, head.weight.size(0));
  const bool differentiable =
      at::GradMode::is_enabled() && (hidden.requires_grad() || head.weight.requires_grad() ||
                                     (head.bias.defined() && head.bias.requires_grad()));
  return TargetLogProbs::apply(&forward, hidden, head.weight,
                               head.bias.defined() ? std::optional(head.bias) : std::nullopt,
                               indices, differentiable);
}

torch::Tensor head_logits(const torch::Tensor& hidden, const Head& head) {
  const at::NoGradGuard no_gradients;
  return product(hidden.to(torch::kFloat32).contiguous(), head.weight.detach(),
                 head.bias.defined() ? head.bias.detach() : torch::Tensor());
}

}  // namespace leakprobe
