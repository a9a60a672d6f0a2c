#include <ATen/ATen.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "leakprobe/error.h"
#include "leakprobe/ops.h"
#include "model/apply_function.h"
#include "model/forward_context.h"
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

/// Query, key and value (nodes, heads, d) as views into one tensor (nodes, ...).
std::array<torch::Tensor, 3> parts_of(const torch::Tensor& joined, const Heads& heads) {
  const int64_t nodes = joined.size(0);
  const int64_t d = heads.head_size;
  if (heads.order == Heads::Order::by_head) {
    const torch::Tensor each = joined.view({nodes, heads.heads, 3 * d});
    return {each.narrow(2, 0, d), each.narrow(2, d, d), each.narrow(2, 2 * d, d)};
  }
  const torch::Tensor each = joined.view({nodes, heads.heads + 2 * heads.key_value_heads, d});
  return {each.narrow(1, 0, heads.heads), each.narrow(1, heads.heads, heads.key_value_heads),
          each.narrow(1, heads.heads + heads.key_value_heads, heads.key_value_heads)};
}

/// What both passes need beside the heads.
struct AttentionPlan {
  c10::intrusive_ptr<RowLayout> layout;
  torch::Tensor cosines;
  torch::Tensor sines;
};

AttentionSizes sizes_of(const std::array<torch::Tensor, 3>& parts, const AttentionPlan& plan) {
  return {plan.layout->rows().data(),
          static_cast<int64_t>(plan.layout->rows().size()),
          plan.layout->group(),
          plan.layout->longest(),
          parts[0].size(1),
          parts[1].size(1),
          parts[0].size(2),
          2 * plan.cosines.size(1),
          data_of<const float>(plan.cosines),
          data_of<const float>(plan.sines)};
}

torch::Tensor attend(const std::array<torch::Tensor, 3>& parts, const AttentionPlan& plan) {
  torch::Tensor result = torch::empty(parts[0].sizes(), parts[0].options());
  by_type(result, [&](auto type) {
    using T = decltype(type);
    attention_forward<T>(sizes_of(parts, plan), view_of<const T>(parts[0]),
                         view_of<const T>(parts[1]), view_of<const T>(parts[2]),
                         view_of<T>(result));
  });
  return result.flatten(1);
}

void attend_backward(const std::array<torch::Tensor, 3>& parts, const AttentionPlan& plan,
                     const torch::Tensor& outer, const std::array<torch::Tensor, 3>& gradients) {
  const torch::Tensor result = outer.contiguous().view(parts[0].sizes());
  by_type(result, [&](auto type) {
    using T = decltype(type);
    attention_backward<T>(sizes_of(parts, plan), view_of<const T>(parts[0]),
                          view_of<const T>(parts[1]), view_of<const T>(parts[2]),
                          view_of<const T>(result), view_of<T>(gradients[0]),
                          view_of<T>(gradients[1]), view_of<T>(gradients[2]));
  });
}

void keep(AutogradContext* context, const AttentionPlan& plan) {
  context->saved_data["layout"] = c10::IValue::make_capsule(plan.layout);
  context->saved_data["cosines"] = plan.cosines;
  context->saved_data["sines"] = plan.sines;
}

AttentionPlan kept(AutogradContext* context) {
  return {c10::static_intrusive_pointer_cast<RowLayout>(context->saved_data["layout"].toCapsule()),
          context->saved_data["cosines"].toTensor(), context->saved_data["sines"].toTensor()};
}

class JoinedAttention : public torch::autograd::Function<JoinedAttention> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& joined,
                               const AttentionPlan& plan, const Heads& heads) {
    const torch::Tensor input = joined.detach().contiguous();
    context->save_for_backward({input});
    keep(context, plan);
    context->saved_data["heads"] = std::vector<int64_t>{
        heads.heads, heads.key_value_heads, heads.head_size, static_cast<int64_t>(heads.order)};
    return attend(parts_of(input, heads), plan);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const torch::Tensor input = context->get_saved_variables()[0];
    const std::vector<int64_t> sizes = context->saved_data["heads"].toIntVector();
    const Heads heads{sizes[0], sizes[1], sizes[2], static_cast<Heads::Order>(sizes[3])};
    torch::Tensor result = torch::empty(input.sizes(), input.options());
    attend_backward(parts_of(input, heads), kept(context), gradients[0], parts_of(result, heads));
    return {result, {}, {}};
  }
};

class SeparateAttention : public torch::autograd::Function<SeparateAttention> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& query,
                               const torch::Tensor& key, const torch::Tensor& value,
                               const AttentionPlan& plan) {
    const std::array<torch::Tensor, 3> parts = {
        query.detach().contiguous(), key.detach().contiguous(), value.detach().contiguous()};
    context->save_for_backward({parts[0], parts[1], parts[2]});
    keep(context, plan);
    return attend(parts, plan);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const std::array<torch::Tensor, 3> parts = {saved[0], saved[1], saved[2]};
    const std::array<torch::Tensor, 3> results = {
        torch::empty_like(parts[0]), torch::empty_like(parts[1]), torch::empty_like(parts[2])};
    attend_backward(parts, kept(context), gradients[0], results);
    return {results[0], results[1], results[2], {}};
  }
};

/// (rows, heads, tokens, d) of (rows, tokens, heads, d), the first 2 * cosines.size(1) numbers of
/// each head rotated in f32.
torch::Tensor rotated(const torch::Tensor& heads, const AttentionPlan& plan) {
  const torch::Tensor x = heads.transpose(1, 2);
  const int64_t half = plan.cosines.size(1);
  if (half == 0) return x;
  const torch::Tensor low = x.narrow(3, 0, half);
  const torch::Tensor high = x.narrow(3, half, half);
  std::vector<torch::Tensor> parts = {at::addcmul(low * plan.cosines, high, plan.sines, -1),
                                      at::addcmul(high * plan.cosines, low, plan.sines)};
  if (2 * half < x.size(3)) parts.push_back(x.narrow(3, 2 * half, x.size(3) - 2 * half));
  return at::cat(parts, 3).to(heads.scalar_type());
}

bool all_positions_are_nodes(const RowLayout& layout) {
  return layout.nodes() == static_cast<int64_t>(layout.rows().size()) * layout.longest();
}

/// What stands at each position of the rows written out one by one, of what stands at each node.
torch::Tensor by_position(const torch::Tensor& nodes, const AttentionPlan& plan) {
  if (all_positions_are_nodes(*plan.layout)) return nodes;
  return nodes.index_select(0, plan.layout->node_table(nodes.device()));
}

/// LibTorch's attention of query, key and value by position; the result by node.
torch::Tensor attend_with_torch(const std::array<torch::Tensor, 3>& parts,
                                const AttentionPlan& plan) {
  const RowLayout& layout = *plan.layout;
  const auto rows = static_cast<int64_t>(layout.rows().size());
  const auto by_row = [&](const torch::Tensor& part) {
    return part.view({rows, layout.longest(), part.size(1), part.size(2)});
  };
  const torch::Tensor result =
      at::scaled_dot_product_attention(
          rotated(by_row(parts[0]), plan), rotated(by_row(parts[1]), plan),
          by_row(parts[2]).transpose(1, 2), std::nullopt, 0.0, /*is_causal=*/true, std::nullopt,
          /*enable_gqa=*/parts[0].size(1) != parts[1].size(1))
          .transpose(1, 2)
          .reshape({rows * layout.longest(), parts[0].size(1) * parts[0].size(2)});
  if (all_positions_are_nodes(layout)) return result;
  return result.index_select(0, layout.places(result.device()));
}

bool is_short(const torch::Tensor& x, const AttentionPlan& plan) {
  return x.is_cpu() && plan.layout->longest() <= kLongestShortRow && x.numel() > 0;
}

AttentionPlan plan_of(const ForwardContext& forward, const torch::Tensor& x, const Rotary& rotary) {
  c10::intrusive_ptr<RowLayout> layout = forward.layout_of(x.size(0), x.size(1));
  const ForwardContext::Angles angles = forward.angles(layout->longest(), rotary, x.device());
  return {std::move(layout), angles.cosines, angles.sines};
}

torch::Tensor attend_to_cache(const ForwardContext& forward, int64_t block,
                              const std::array<torch::Tensor, 3>& parts, const Rotary& rotary) {
  KeyValueCache& cache = *forward.cache();
  const ForwardContext::Angles angles = forward.angles(cache.capacity(), rotary, parts[0].device());
  return cache.attend(block, parts, angles.cosines, angles.sines);
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

torch::Tensor rotary_attention(const ForwardContext& forward, int64_t block,
                               const torch::Tensor& query_key_value, const Heads& heads,
                               const Rotary& rotary) {
  check(heads, rotary);
  LEAKPROBE_CHECK(
      query_key_value.dim() == 3 &&
          query_key_value.size(2) == (heads.heads + 2 * heads.key_value_heads) * heads.head_size &&
          (heads.order == Heads::Order::joined || heads.heads == heads.key_value_heads),
      "attention's input does not hold the heads that were declared");
  const torch::Tensor joined = query_key_value.flatten(0, 1);
  if (forward.cache() != nullptr) {
    return attend_to_cache(forward, block, parts_of(joined.contiguous(), heads), rotary)
        .unsqueeze(0);
  }
  const AttentionPlan plan = plan_of(forward, query_key_value, rotary);
  const torch::Tensor result =
      is_short(joined, plan) ? apply_function<JoinedAttention>(joined, plan, heads)
                             : attend_with_torch(parts_of(by_position(joined, plan), heads), plan);
  return result.view(
      {query_key_value.size(0), query_key_value.size(1), heads.heads * heads.head_size});
}

torch::Tensor rotary_attention(const ForwardContext& forward, int64_t block,
                               const torch::Tensor& query, const torch::Tensor& key,
                               const torch::Tensor& value, const Rotary& rotary) {
  LEAKPROBE_CHECK(query.dim() == 4 && key.dim() == 4 && value.sizes() == key.sizes() &&
                      query.size(0) == key.size(0) && query.size(1) == key.size(1) &&
                      query.size(3) == key.size(3) && query.scalar_type() == key.scalar_type() &&
                      query.scalar_type() == value.scalar_type(),
                  "query, key and value must be (rows, tokens, heads, d) of one type");
  check({query.size(2), key.size(2), query.size(3)}, rotary);
  const std::array<torch::Tensor, 3> parts = {query.flatten(0, 1), key.flatten(0, 1),
                                              value.flatten(0, 1)};
  if (forward.cache() != nullptr) {
    return attend_to_cache(forward, block,
                           {parts[0].contiguous(), parts[1].contiguous(), parts[2].contiguous()},
                           rotary)
        .unsqueeze(0);
  }
  const AttentionPlan plan = plan_of(forward, query, rotary);
  const torch::Tensor result =
      is_short(query, plan)
          ? apply_function<SeparateAttention>(parts[0], parts[1], parts[2], plan)
          : attend_with_torch({by_position(parts[0], plan), by_position(parts[1], plan),
                               by_position(parts[2], plan)},
                              plan);
  return result.view({query.size(0), query.size(1), query.size(2) * query.size(3)});
}

torch::Tensor residual(const ForwardContext& forward, int64_t block, const torch::Tensor& x) {
  return forward.at_end_of(block, x);
}

}  // namespace ops
}  // namespace leakprobe
