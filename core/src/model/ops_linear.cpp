#include <ATen/ATen.h>

#include <utility>

#include "leakprobe/error.h"
#include "leakprobe/ops.h"
#include "model/apply_function.h"
#include "model/forward_context.h"
#include "model/products.h"

namespace leakprobe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// One product for all of `maps`. Only what the gradients need is kept: x in the product's type if
/// a weight is trained, the weights in that type (which live anyway) if x needs a gradient.
class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static torch::Tensor forward(AutogradContext* context, const ForwardContext* state,
                               const torch::Tensor& x, at::TensorList weights,
                               at::TensorList biases) {
    const torch::ScalarType type = state->product_type();
    const torch::Tensor input = x.detach().reshape({-1, x.size(-1)}).to(type).contiguous();
    const torch::Tensor weight = state->joined(weights.vec(), type);
    const torch::Tensor bias = biases.empty() ? torch::Tensor() : state->joined(biases.vec(), type);
    bool weights_trained = false;
    std::vector<int64_t> outputs;
    for (const torch::Tensor& part : weights) {
      weights_trained = weights_trained || part.requires_grad();
      outputs.push_back(part.size(0));
    }
    context->save_for_backward(
        {weights_trained ? input : torch::Tensor(), x.requires_grad() ? weight : torch::Tensor()});
    context->saved_data["outputs"] = outputs;
    context->saved_data["input_shape"] = x.sizes().vec();
    context->saved_data["input_type"] = static_cast<int64_t>(x.scalar_type());
    context->saved_data["biases"] = static_cast<int64_t>(biases.size());
    std::vector<int64_t> shape = x.sizes().vec();
    shape.back() = weight.size(0);
    return state->product(input, weights.vec(), bias).view(shape);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const std::vector<int64_t> outputs = context->saved_data["outputs"].toIntVector();
    const auto maps = outputs.size();
    const auto biases = static_cast<size_t>(context->saved_data["biases"].toInt());
    const torch::Tensor outer = gradients[0].reshape({-1, gradients[0].size(-1)}).contiguous();
    // One entry for each argument of forward that holds tensors, each tensor of a list by itself.
    variable_list result(1 + 1 + maps + biases);
    if (context->needs_input_grad(0) && saved[1].defined()) {
      const auto type = static_cast<torch::ScalarType>(context->saved_data["input_type"].toInt());
      result[1] = input_gradient(outer, saved[1])
                      .to(type)
                      .view(context->saved_data["input_shape"].toIntVector());
    }
    if (saved[0].defined()) {
      const torch::Tensor all = weight_gradient(outer, saved[0]).to(torch::kFloat32);
      int64_t row = 0;
      for (size_t i = 0; i < maps; ++i) {
        if (context->needs_input_grad(1 + i)) result[2 + i] = all.narrow(0, row, outputs[i]);
        row += outputs[i];
      }
    }
    bool biases_trained = false;
    for (size_t i = 0; i < biases; ++i) {
      biases_trained = biases_trained || context->needs_input_grad(1 + maps + i);
    }
    if (biases_trained) {
      const torch::Tensor all = bias_gradient(outer);
      int64_t row = 0;
      for (size_t i = 0; i < biases; ++i) {
        if (context->needs_input_grad(1 + maps + i)) {
          result[2 + maps + i] = all.narrow(0, row, outputs[i]);
        }
        row += outputs[i];
      }
    }
    return result;
  }
};

}  // namespace

namespace ops {

torch::Tensor linear(const ForwardContext& forward, const torch::Tensor& x,
                     const torch::Tensor& weight, const torch::Tensor& bias) {
  return linear(forward, x, {Affine{weight, bias}});
}

torch::Tensor linear(const ForwardContext& forward, const torch::Tensor& x,
                     const std::vector<Affine>& maps) {
  LEAKPROBE_CHECK(!maps.empty(), "linear needs at least one map");
  std::vector<torch::Tensor> weights;
  std::vector<torch::Tensor> biases;
  for (const Affine& map : maps) {
    LEAKPROBE_CHECK(map.weight.dim() == 2 && map.weight.size(1) == x.size(-1),
                    "a linear map's weight must be (out, in) with in = the width of x");
    weights.push_back(map.weight);
    if (map.bias.defined()) biases.push_back(map.bias);
  }
  LEAKPROBE_CHECK(biases.empty() || biases.size() == weights.size(),
                  "of joined linear maps all have a bias or none");
  return apply_function<LinearFunction>(&forward, x, at::TensorList(weights),
                                        at::TensorList(biases));
}

}  // namespace ops
}  // namespace leakprobe
