#pragma once

#include <torch/types.h>

namespace leakprobe {

/// Which library multiplies f32 matrices on the CPU. They round differently, so a run keeps to one.
enum class ProductLibrary { blas, onednn };

/// The library in use: unless it was set, the faster one for this make of processor.
ProductLibrary product_library();
void set_product_library(ProductLibrary library);

/// x weight^T + bias (undefined: without) with x (n, in), weight (out, in), bias (out) of one type.
torch::Tensor product(const torch::Tensor& x, const torch::Tensor& weight,
                      const torch::Tensor& bias);

/// The same of f32 on the CPU by a kernel of ours (kernels/product_by_line): a line's bits do not
/// depend on the others, nor on the number of threads. Faster than the libraries where lines are
/// few, since it takes the weight as it lies.
torch::Tensor product_by_line(const torch::Tensor& x, const torch::Tensor& weight,
                              const torch::Tensor& bias);

/// y_gradient weight: the gradient (n, in) of the above in x.
torch::Tensor input_gradient(const torch::Tensor& y_gradient, const torch::Tensor& weight);

/// y_gradient^T x: the gradient (out, in) in weight.
torch::Tensor weight_gradient(const torch::Tensor& y_gradient, const torch::Tensor& x);

/// Whether bf16 products on this device are oneDNN's. It brings a weight into an order of its own
/// in each product, unless it finds it so.
bool takes_ordered_weights(torch::Device device);
/// A bf16 weight (out, in) in that order: for product_of_ordered alone.
torch::Tensor in_onednn_order(const torch::Tensor& weight);
/// The same as product(), of such a weight.
torch::Tensor product_of_ordered(const torch::Tensor& x, const torch::Tensor& weight,
                                 const torch::Tensor& bias);

/// Sums over rows of y_gradient (n, out), f32: the gradient (out) in bias.
torch::Tensor bias_gradient(const torch::Tensor& y_gradient);

}  // namespace leakprobe
