#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <optional>

#include "leakprobe/error.h"
#include "leakprobe/ops.h"
#include "model/forward.h"
#include "model/kernels/attention.h"
#include "model/kernels/typed_data.h"

namespace leakprobe {
namespace {

using ops::Heads;
using ops::Rotary;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Rows this long and shorter stay in a core's own cache; longer ones go to LibTorch's attention.
constexpr int64_t kLongestShortRow = 128;

/// Query, key and value (rows, tokens, heads, d) as views into one tensor.
std::array<torch::Tensor, 3> parts_of(const torch::Tensor& joined, const Heads& heads) {
  const int64_t rows = joined.size(0);
  const int64_t tokens = joined.size(1);
  const int64_t d = heads.head_size;
  if (heads.order == Heads::Order::by_head) {
    const torch::Tensor each = joined.view({rows, tokens, heads.heads, 3 * d});
    return {each.narrow(3, 0, d), each.narrow(3, d, d), each.narrow(3, 2 * d, d)};
  }
  const torch::Tensor each =
      joined.view({rows, tokens, heads.heads + 2 * heads.key_value_heads, d});
  return {each.narrow(2, 0, heads.heads), each.narrow(2, heads.heads, heads.key_value_heads),
          each.narrow(2, heads.heads + heads.key_value_heads, heads.key_value_heads)};
}

template <class T>
HeadView<T> view_of(const torch::Tensor& heads) {
  return {data_of<T>(heads), heads.stride(0), heads.stride(1), heads.stride(2)};
}

AttentionSizes sizes_of(const std::array<torch::Tensor, 3>& parts, const torch::Tensor& cosines,
                        const torch::Tensor& sines) {
  return {parts[0].size(0),
          parts[0].size(1),
          parts[0].size(2),
          parts[1].size(2),
          parts[0].size(3),
          2 * cosines.size(1),
          data_of<const float>(cosines),
          data_of<const float>(sines)};
}

torch::Tensor attend(const std::array<torch::Tensor, 3>& parts, const torch::Tensor& cosines,
                     const torch::Tensor& sines) {
  torch::Tensor result = torch::empty(parts[0].sizes(), parts[0].options());
  by_type(result, [&](auto type) {
    using T = decltype(type);
    attention_forward<T>(sizes_of(parts, cosines, sines), view_of<const T>(parts[0]),
                         view_of<const T>(parts[1]), view_of<const T>(parts[2]),
                         view_of<T>(result));
  });
  return result.flatten(2);
}

void attend_backward(const std::array<torch::Tensor, 3>& parts, const torch::Tensor& cosines,
                     const torch::Tensor& sines, const torch::Tensor& outer,
                     const std::array<torch::Tensor, 3>& gradients) {
  const torch::Tensor result = outer.contiguous().view(parts[0].sizes());
  by_type(result, [&](auto type) {
    using T = decltype(type);
    attention_backward<T>(sizes_of(parts, cosines, sines), view_of<const T>(parts[0]),
                          view_of<const T>(parts[1]), view_of<const T>(parts[2]),
                          view_of<const T>(result), view_of<T>(gradients[0]),
                          view_of<T>(gradients[1]), view_of<T>(gradients[2]));
  });
}

class JoinedAttention : public torch::autograd::Function<JoinedAttention> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& joined,
                               const torch::Tensor& cosines, const torch::Tensor& sines,
                               const Heads& heads) {
    const torch::Tensor input = joined.detach().contiguous();
    context->save_for_backward({input, cosines, sines});
    context->saved_data["heads"] = std::vector<int64_t>{
        heads.heads, heads.key_value_heads, heads.head_size, static_cast<int64_t>(heads.order)};
    return attend(parts_of(input, heads), cosines, sines);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const std::vector<int64_t> sizes = context->saved_data["heads"].toIntVector();
    const Heads heads{sizes[0], sizes[1], sizes[2], static_cast<Heads::Order>(sizes[3])};
    torch::Tensor result = torch::empty(saved[0].sizes(), saved[0].options());
    attend_backward(parts_of(saved[0], heads), saved[1], saved[2], gradients[0],
                    parts_of(result, heads));
    return {result, {}, {}, {}};
  }
};

class SeparateAttention : public torch::autograd::Function<SeparateAttention> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& query,
                               const torch::Tensor& key, const torch::Tensor& value,
                               const torch::Tensor& cosines, const torch::Tensor& sines) {
    const std::array<torch::Tensor, 3> parts = {
        query.detach().contiguous(), key.detach().contiguous(), value.detach().contiguous()};
    context->save_for_backward({parts[0], parts[1], parts[2], cosines, sines});
    return attend(parts, cosines, sines);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const std::array<torch::Tensor, 3> parts = {saved[0], saved[1], saved[2]};
    const std::array<torch::Tensor, 3> results = {
        torch::empty_like(parts[0]), torch::empty_like(parts[1]), torch::empty_like(parts[2])};
    attend_backward(parts, saved[3], saved[4], gradients[0], results);
    return {results[0], results[1], results[2], {}, {}};
  }
};

/// (rows, heads, tokens, d), the first 2 * cosines.size(1) numbers of each head rotated.
torch::Tensor rotated(const torch::Tensor& heads, const torch::Tensor& cosines,
                      const torch::Tensor& sines) {
  const torch::Tensor x = heads.transpose(1, 2).to(torch::kFloat32);
  const int64_t half = cosines.size(1);
  const torch::Tensor low = x.narrow(3, 0, half);
  const torch::Tensor high = x.narrow(3, half, half);
  return at::cat({low * cosines - high * sines, high * cosines + low * sines,
                  x.narrow(3, 2 * half, x.size(3) - 2 * half)},
                 3)
      .to(heads.scalar_type());
}

torch::Tensor attend_with_torch(const std::array<torch::Tensor, 3>& parts,
                                const torch::Tensor& cosines, const torch::Tensor& sines) {
  return at::scaled_dot_product_attention(
             rotated(parts[0], cosines, sines), rotated(parts[1], cosines, sines),
             parts[2].transpose(1, 2), std::nullopt, 0.0, /*is_causal=*/true, std::nullopt,
             /*enable_gqa=*/parts[0].size(2) != parts[1].size(2))
      .transpose(1, 2)
      .flatten(2);
}

bool is_short(const torch::Tensor& x) {
  return x.is_cpu() && x.size(1) <= kLongestShortRow && x.numel() > 0;
}

void check(const Heads& heads, const Rotary& rotary) {
  LEAKPROBE_CHECK(heads.heads > 0 && heads.key_value_heads > 0 && heads.head_size > 0 &&
                      heads.heads % heads.key_value_heads == 0,
                  "attention's heads must be a multiple of its key-value heads");
  LEAKPROBE_CHECK(rotary.dimensions >= 0 && 2 * rotary.pairs() <= heads.head_size,
                  "rotary dimensions, rounded up to pairs, must be at most the head size");
}

}  // namespace

namespace ops {

torch::Tensor rotary_attention(const Forward& forward, const torch::Tensor& query_key_value,
                               const Heads& heads, const Rotary& rotary) {
  check(heads, rotary);
  LEAKPROBE_CHECK(
      query_key_value.dim() == 3 &&
          query_key_value.size(2) == (heads.heads + 2 * heads.key_value_heads) * heads.head_size &&
          (heads.order == Heads::Order::joined || heads.heads == heads.key_value_heads),
      "attention's input does not hold the heads that were declared");
  const Forward::Angles angles =
      forward.angles(query_key_value.size(1), rotary, query_key_value.device());
  if (is_short(query_key_value)) {
    return JoinedAttention::apply(query_key_value, angles.cosines, angles.sines, heads);
  }
  return attend_with_torch(parts_of(query_key_value, heads), angles.cosines, angles.sines);
}

torch::Tensor rotary_attention(const Forward& forward, const torch::Tensor& query,
                               const torch::Tensor& key, const torch::Tensor& value,
                               const Rotary& rotary) {
  LEAKPROBE_CHECK(query.dim() == 4 && key.dim() == 4 && value.sizes() == key.sizes() &&
                      query.size(0) == key.size(0) && query.size(1) == key.size(1) &&
                      query.size(3) == key.size(3) && query.scalar_type() == key.scalar_type() &&
                      query.scalar_type() == value.scalar_type(),
                  "query, key and value must be (rows, tokens, heads, d) of one type");
  check({query.size(2), key.size(2), query.size(3)}, rotary);
  const Forward::Angles angles = forward.angles(query.size(1), rotary, query.device());
  if (is_short(query)) {
    return SeparateAttention::apply(query, key, value, angles.cosines, angles.sines);
  }
  return attend_with_torch({query, key, value}, angles.cosines, angles.sines);
}

}  // namespace ops
}  // namespace leakprobe
