#include <ATen/ATen.h>

#include <optional>

#include "leakprobe/error.h"
#include "leakprobe/ops.h"
#include "model/apply_function.h"
#include "model/forward_context.h"
#include "model/kernels/norm.h"
#include "model/kernels/typed_data.h"

namespace leakprobe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class NormFunction : public torch::autograd::Function<NormFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight,
                               const std::optional<torch::Tensor>& bias, bool centred,
                               double epsilon, torch::ScalarType type) {
    const torch::Tensor input = x.detach().to(torch::kFloat32).contiguous();
    const NormSizes sizes{input.numel() / input.size(-1), input.size(-1), centred,
                          static_cast<float>(epsilon)};
    torch::Tensor result = torch::empty(input.sizes(), input.options().dtype(type));
    torch::Tensor means = torch::empty({centred ? sizes.rows : 0}, input.options());
    torch::Tensor rstds = torch::empty({sizes.rows}, input.options());
    const torch::Tensor scale = weight.detach().contiguous();
    const torch::Tensor shift = bias ? bias->detach().contiguous() : torch::Tensor();
    by_type(result, [&](auto number) {
      norm_forward(sizes, data_of<const float>(input), data_of<const float>(scale),
                   shift.defined() ? data_of<const float>(shift) : nullptr,
                   data_of<decltype(number)>(result), data_of<float>(means), data_of<float>(rstds));
    });
    context->save_for_backward({input, scale, means, rstds});
    context->saved_data["centred"] = centred;
    context->saved_data["input_type"] = static_cast<int64_t>(x.scalar_type());
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor& input = saved[0];
    const torch::Tensor outer = gradients[0].contiguous();
    const NormSizes sizes{input.numel() / input.size(-1), input.size(-1),
                          context->saved_data["centred"].toBool(), 0.0f};
    const auto make = [&](size_t index, at::IntArrayRef shape) {
      return context->needs_input_grad(index) ? torch::empty(shape, input.options())
                                              : torch::Tensor();
    };
    torch::Tensor x = make(0, input.sizes());
    torch::Tensor weight = make(1, saved[1].sizes());
    torch::Tensor bias = sizes.centred ? make(2, saved[1].sizes()) : torch::Tensor();
    const auto data = [](const torch::Tensor& tensor) {
      return tensor.defined() ? data_of<float>(tensor) : nullptr;
    };
    by_type(outer, [&](auto number) {
      norm_backward(sizes, data_of<const float>(input), data_of<const float>(saved[1]),
                    data_of<const float>(saved[2]), data_of<const float>(saved[3]),
                    data_of<const decltype(number)>(outer), data(x), data(weight), data(bias));
    });
    if (x.defined()) {
      x = x.to(static_cast<torch::ScalarType>(context->saved_data["input_type"].toInt()));
    }
    return {x, weight, bias, {}, {}, {}};
  }
};

torch::ScalarType result_type(const ForwardContext& forward, ops::Norm place) {
  return place == ops::Norm::final ? torch::kFloat32 : forward.product_type();
}

void check(const torch::Tensor& x, const torch::Tensor& weight) {
  LEAKPROBE_CHECK(weight.dim() == 1 && weight.size(0) == x.size(-1) && x.size(-1) > 0,
                  "a norm's weight must have the width of x");
}

}  // namespace

namespace ops {

torch::Tensor layer_norm(const ForwardContext& forward, const torch::Tensor& x,
                         const torch::Tensor& weight, const torch::Tensor& bias, double epsilon,
                         Norm place) {
  check(x, weight);
  const torch::ScalarType type = result_type(forward, place);
  if (x.is_cpu()) {
    return apply_function<NormFunction>(x, weight, std::optional(bias), true, epsilon, type);
  }
  return at::layer_norm(x.to(torch::kFloat32), weight.sizes(), weight, bias, epsilon).to(type);
}

torch::Tensor rms_norm(const ForwardContext& forward, const torch::Tensor& x,
                       const torch::Tensor& weight, double epsilon, Norm place) {
  check(x, weight);
  const torch::ScalarType type = result_type(forward, place);
  if (x.is_cpu()) {
    return apply_function<NormFunction>(x, weight, std::optional<torch::Tensor>(), false, epsilon,
                                        type);
  }
  return at::rms_norm(x.to(torch::kFloat32), weight.sizes(), weight, epsilon).to(type);
}

}  // namespace ops
}  // namespace leakprobe
