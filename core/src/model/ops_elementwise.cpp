#include <ATen/ATen.h>

#include <optional>

#include "leakprobe/error.h"
#include "leakprobe/ops.h"
#include "model/apply_function.h"
#include "model/forward_context.h"
#include "model/kernels/elementwise.h"
#include "model/kernels/typed_data.h"
#include "model/token_ids.h"

namespace leakprobe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class AddFunction : public torch::autograd::Function<AddFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& base,
                               const torch::Tensor& first,
                               const std::optional<torch::Tensor>& second) {
    context->saved_data["type"] = static_cast<int64_t>(first.scalar_type());
    context->saved_data["two"] = second.has_value();
    const torch::Tensor x = base.detach().contiguous();
    const torch::Tensor y = first.detach().contiguous();
    const torch::Tensor z = second ? second->detach().contiguous() : torch::Tensor();
    torch::Tensor result = torch::empty(x.sizes(), x.options());
    by_type(y, [&](auto type) {
      using T = decltype(type);
      add_branches(x.numel(), data_of<const float>(x), data_of<const T>(y),
                   z.defined() ? data_of<const T>(z) : nullptr, data_of<float>(result));
    });
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    // One conversion serves both branches.
    const torch::Tensor branch = gradients[0].to(type);
    return {gradients[0], branch, context->saved_data["two"].toBool() ? branch : torch::Tensor()};
  }
};

class SwigluFunction : public torch::autograd::Function<SwigluFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& gate_and_up) {
    const torch::Tensor x = gate_and_up.detach().contiguous();
    context->save_for_backward({x});
    std::vector<int64_t> shape = x.sizes().vec();
    shape.back() /= 2;
    torch::Tensor result = torch::empty(shape, x.options());
    by_type(x, [&](auto type) {
      using T = decltype(type);
      swiglu_forward(x.numel() / x.size(-1), shape.back(), data_of<const T>(x), data_of<T>(result));
    });
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const torch::Tensor x = context->get_saved_variables()[0];
    const torch::Tensor outer = gradients[0].contiguous();
    torch::Tensor result = torch::empty(x.sizes(), x.options());
    by_type(x, [&](auto type) {
      using T = decltype(type);
      swiglu_backward(x.numel() / x.size(-1), x.size(-1) / 2, data_of<const T>(x),
                      data_of<const T>(outer), data_of<T>(result));
    });
    return {result};
  }
};

}  // namespace

namespace ops {

torch::Tensor embedding(const ForwardContext&, const torch::Tensor& tokens,
                        const torch::Tensor& weight) {
  check_token_ids(tokens, weight.size(0));
  return at::embedding(weight, tokens);
}

torch::Tensor add(const ForwardContext&, const torch::Tensor& base, const torch::Tensor& first,
                  const torch::Tensor& second) {
  LEAKPROBE_CHECK(base.scalar_type() == torch::kFloat32 && base.sizes() == first.sizes() &&
                      (!second.defined() || (second.sizes() == first.sizes() &&
                                             second.scalar_type() == first.scalar_type())),
                  "add takes an f32 base and branches of its shape and of one type");
  if (base.is_cpu()) {
    return apply_function<AddFunction>(base, first,
                                       second.defined() ? std::optional(second) : std::nullopt);
  }
  const torch::Tensor sum = at::add(base, first);
  return second.defined() ? at::add(sum, second) : sum;
}

torch::Tensor gelu(const ForwardContext&, const torch::Tensor& x) { return at::gelu(x); }

torch::Tensor swiglu(const ForwardContext&, const torch::Tensor& gate_and_up) {
  LEAKPROBE_CHECK(gate_and_up.size(-1) % 2 == 0, "swiglu takes gate and up of one width");
  if (gate_and_up.is_cpu()) return apply_function<SwigluFunction>(gate_and_up);
  const auto halves = gate_and_up.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

}  // namespace ops
}  // namespace leakprobe
