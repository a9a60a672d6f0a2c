#include "run/scoring.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "model/head.h"

namespace leakprobe {
namespace {

/// Tokens of one forward pass without gradients: enough to fill the processor, small enough that
/// activations stay near it.
constexpr size_t kTokensPerPass = 8192;

/// Calls `visit(part)` for consecutive parts of `rows`.
template <class Visit>
void in_parts(const std::vector<const Row*>& rows, Visit visit) {
  size_t begin = 0;
  while (begin < rows.size()) {
    size_t end = begin;
    size_t longest = 0;
    while (end < rows.size()) {
      const size_t length = std::max(longest, rows[end]->tokens.size());
      if (end > begin && length * (end - begin + 1) > kTokensPerPass) break;
      longest = length;
      ++end;
    }
    visit(std::vector<const Row*>(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                  rows.begin() + static_cast<std::ptrdiff_t>(end)));
    begin = end;
  }
}

}  // namespace

torch::Tensor scored_states(const Model& model, const Forward& forward, const PackedRows& rows) {
  check_token_ids(rows.token_range(), model.head().weight.size(0));
  const torch::Tensor hidden = model.hidden(Forward(forward, rows.layout()), rows.tokens());
  const torch::Tensor nodes = hidden.reshape({-1, hidden.size(-1)});
  if (rows.states().size(0) == nodes.size(0)) return nodes;
  return nodes.index_select(0, rows.states());
}

torch::Tensor scored_logprobs(const Model& model, const Forward& forward,
                              const torch::Tensor& states, const PackedRows& rows) {
  return target_logprobs(forward, states, model.head(), rows.targets())
      .index_select(0, rows.pairs());
}

torch::Tensor score(const Model& model, const Forward& forward, torch::Device device,
                    const std::vector<const Row*>& rows) {
  const at::NoGradGuard no_gradients;
  std::vector<torch::Tensor> parts;
  in_parts(rows, [&](const std::vector<const Row*>& part) {
    const PackedRows packed(part, device);
    const torch::Tensor states = scored_states(model, forward, packed);
    parts.push_back(scored_logprobs(model, forward, states, packed).to(torch::kCPU));
  });
  return at::cat(parts);
}

std::vector<std::vector<float>> ScoringModel::score(const std::vector<const Row*>& rows) {
  const torch::Tensor values =
      leakprobe::score(model_, forward_, device_, rows).to(torch::kFloat32).contiguous();
  const float* from = values.const_data_ptr<float>();
  std::vector<std::vector<float>> out;
  out.reserve(rows.size());
  for (const Row* row : rows) {
    const auto count = std::count(row->scored.begin(), row->scored.end(), uint8_t{1});
    out.emplace_back(from, from + count);
    from += count;
  }
  return out;
}

std::vector<torch::Tensor> ScoringModel::logits(const std::vector<const Row*>& rows) {
  const at::NoGradGuard no_gradients;
  std::vector<torch::Tensor> out;
  in_parts(rows, [&](const std::vector<const Row*>& part) {
    const PackedRows packed(part, device_);
    const torch::Tensor logits = head_logits(scored_states(model_, forward_, packed), model_.head())
                                     .index_select(0, packed.states_of_rows())
                                     .to(torch::kCPU);
    for (int64_t r = 0; r < packed.rows(); ++r) {
      out.push_back(logits.slice(0, packed.offset(r), packed.offset(r + 1)).clone());
    }
  });
  return out;
}

}  // namespace leakprobe
