#include "model/products.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <atomic>
#include <optional>
#include <string_view>

#include "model/kernels/elementwise.h"
#include "model/kernels/product_by_line.h"
#include "model/kernels/typed_data.h"

namespace leakprobe {
namespace {

/// Rows (n) of x that oneDNN is told of when it orders a weight; it takes other numbers as well.
constexpr int64_t kUsualRows = 1024;

/// One of LibTorch's ways to oneDNN; nothing where it was built without.
template <class Signature>
std::optional<c10::TypedOperatorHandle<Signature>> find_operator(const char* name) {
  const auto schema = c10::Dispatcher::singleton().findSchema({name, ""});
  if (!schema) return std::nullopt;
  return schema->typed<Signature>();
}

/// x weight^T + bias, f32 or bf16.
const auto& onednn_linear() {
  static const auto found = find_operator<torch::Tensor(
      const torch::Tensor&, const torch::Tensor&, const std::optional<torch::Tensor>&,
      std::string_view, c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>)>(
      "mkldnn::_linear_pointwise");
  return found;
}

const auto& onednn_order() {
  static const auto found =
      find_operator<torch::Tensor(const torch::Tensor&, std::optional<c10::SymInt>)>(
          "mkldnn::_reorder_linear_weight");
  return found;
}

ProductLibrary faster_library() {
  if (!onednn_linear()) return ProductLibrary::blas;
#if defined(__x86_64__)
  // LibTorch's BLAS is MKL, which does not use AVX-512 on other makers' processors. With AVX2 alone
  // it is the faster one, but loses a digit there in sums over a large vocabulary.
  if (__builtin_cpu_is("amd")) return ProductLibrary::onednn;
#endif
  return ProductLibrary::blas;
}

std::atomic<ProductLibrary>& chosen_library() {
  static std::atomic<ProductLibrary> library = faster_library();
  return library;
}

bool through_onednn(const torch::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == torch::kFloat32 &&
         product_library() == ProductLibrary::onednn && x.numel() > 0;
}

/// `bias`: undefined for none, as everywhere here; LibTorch's operators take an optional.
std::optional<torch::Tensor> optional_of(const torch::Tensor& bias) {
  return bias.defined() ? std::optional(bias) : std::nullopt;
}

torch::Tensor onednn_product(const torch::Tensor& x, const torch::Tensor& weight,
                             const torch::Tensor& bias) {
  return onednn_linear()->call(x, weight, optional_of(bias), "none",
                               c10::List<std::optional<at::Scalar>>(), std::nullopt);
}

}  // namespace

ProductLibrary product_library() { return chosen_library().load(std::memory_order_relaxed); }

void set_product_library(ProductLibrary library) {
  const bool there = library == ProductLibrary::blas || onednn_linear().has_value();
  chosen_library() = there ? library : ProductLibrary::blas;
}

torch::Tensor product(const torch::Tensor& x, const torch::Tensor& weight,
                      const torch::Tensor& bias) {
  if (through_onednn(x)) return onednn_product(x, weight, bias);
  return at::linear(x, weight, optional_of(bias));
}

torch::Tensor product_by_line(const torch::Tensor& x, const torch::Tensor& weight,
                              const torch::Tensor& bias) {
  const torch::Tensor input = x.contiguous();
  const torch::Tensor matrix = weight.contiguous();
  const torch::Tensor shift = bias.defined() ? bias.contiguous() : bias;
  const int64_t lines = x.size(0), in = x.size(1), out = weight.size(0);
  const torch::Tensor panels = torch::empty({panels_size(lines, in)}, x.options());
  torch::Tensor result = torch::empty({lines, out}, x.options());
  pack_panels(lines, in, data_of<const float>(input), data_of<float>(panels));
  product_by_line({lines, in, out, data_of<const float>(panels), data_of<const float>(matrix),
                   shift.defined() ? data_of<const float>(shift) : nullptr,
                   data_of<float>(result)});
  return result;
}

torch::Tensor input_gradient(const torch::Tensor& y_gradient, const torch::Tensor& weight) {
  if (through_onednn(y_gradient)) return onednn_product(y_gradient, weight.t(), {});
  return at::mm(y_gradient, weight);
}

torch::Tensor weight_gradient(const torch::Tensor& y_gradient, const torch::Tensor& x) {
  if (through_onednn(y_gradient)) return onednn_product(y_gradient.t(), x.t(), {});
  return at::mm(y_gradient.t(), x);
}

bool takes_ordered_weights(torch::Device device) {
  static const bool does = [] {
    const auto supported = find_operator<bool()>("mkldnn::_is_mkldnn_bf16_supported");
    return onednn_linear() && onednn_order() && supported && supported->call();
  }();
  return device.is_cpu() && does;
}

torch::Tensor in_onednn_order(const torch::Tensor& weight) {
  return onednn_order()->call(weight, c10::SymInt(kUsualRows));
}

torch::Tensor product_of_ordered(const torch::Tensor& x, const torch::Tensor& weight,
                                 const torch::Tensor& bias) {
  return onednn_product(x, weight, bias);
}

torch::Tensor bias_gradient(const torch::Tensor& y_gradient) {
  if (!y_gradient.is_cpu()) return y_gradient.sum({0}, false, torch::kFloat32);
  torch::Tensor result =
      torch::empty({y_gradient.size(1)}, y_gradient.options().dtype(torch::kFloat32));
  const torch::Tensor rows = y_gradient.contiguous();
  by_type(rows, [&](auto type) {
    column_sums(rows.size(0), rows.size(1), data_of<const decltype(type)>(rows),
                data_of<float>(result));
  });
  return result;
}

}  // namespace leakprobe
