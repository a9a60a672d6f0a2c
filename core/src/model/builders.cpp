#include "model/builders.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "leakprobe/error.h"
#include "leakprobe/random.h"

namespace leakprobe {
namespace {

constexpr size_t kProblemsShown = 8;

/// Buffers that older checkpoints carry beside their parameters; they follow from the dimensions.
constexpr std::array<std::string_view, 4> kBuffers = {".attention.bias", ".attention.masked_bias",
                                                      ".rotary_emb.inv_freq", "rope_freqs.weight"};

bool is_buffer(const std::string& name) {
  return std::any_of(kBuffers.begin(), kBuffers.end(),
                     [&](std::string_view buffer) { return name.ends_with(buffer); });
}

std::string text_of(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

/// Rows that are stored pairwise interleaved within each head, back in half-split order.
torch::Tensor half_split(const torch::Tensor& stored, int64_t heads) {
  std::vector<int64_t> pairs = {heads, stored.size(0) / heads / 2, 2};
  const auto sizes = stored.sizes().slice(1);
  pairs.insert(pairs.end(), sizes.begin(), sizes.end());
  return stored.reshape(pairs).transpose(1, 2).reshape(stored.sizes()).contiguous();
}

}  // namespace

torch::Tensor CollectingBuilder::parameter(const ParameterSpec& spec) {
  LEAKPROBE_CHECK(names_.insert(spec.info.name).second,
                  "parameter '" + spec.info.name + "' is declared twice");
  torch::Tensor value = make(spec, parameters_.size());
  LEAKPROBE_CHECK(value.sizes() == torch::IntArrayRef(spec.info.shape) &&
                      value.scalar_type() == torch::kFloat32,
                  "parameter '" + spec.info.name + "' was made with another shape or type");
  parameters_.push_back({spec.info, value});
  return value;
}

torch::Tensor SeedingBuilder::make(const ParameterSpec& spec, size_t /*number*/) {
  torch::Tensor value = torch::full(spec.info.shape, spec.init.mean, torch::kFloat32);
  if (spec.init.deviation > 0) {
    RandomStream(seed_, "init/" + spec.info.name)
        .fill_normal(value, spec.init.mean, spec.init.deviation);
  }
  return value.to(device_);
}

torch::Tensor ReadingBuilder::make(const ParameterSpec& spec, size_t /*number*/) {
  std::vector<std::string> names = {spec.info.name};
  names.insert(names.end(), spec.aliases.begin(), spec.aliases.end());
  if (gguf_) names = {spec.gguf_name};
  const auto name = std::find_if(names.begin(), names.end(), [&](const std::string& candidate) {
    return !candidate.empty() && weights_.has(candidate);
  });
  if (name == names.end()) {
    problems_.push_back("tensor '" + names.front() + "' is missing");
    return torch::zeros(spec.info.shape);
  }
  used_.insert(*name);
  // Some files carry a tied tensor under both names.
  if (!spec.info.tied_to.empty()) used_.insert(spec.info.tied_to);
  const std::vector<int64_t>& shape = weights_.info(*name).shape;
  if (shape != spec.info.shape) {
    problems_.push_back("tensor '" + *name + "' has the shape " + text_of(shape) +
                        ", the configuration asks for " + text_of(spec.info.shape));
    return torch::zeros(spec.info.shape);
  }
  torch::Tensor value = weights_.read_f32(*name);
  if (gguf_ && spec.gguf_interleaved_heads > 0) {
    value = half_split(value, spec.gguf_interleaved_heads);
  }
  return value.to(device_);
}

void ReadingBuilder::finish() {
  for (const std::string& name : weights_.names()) {
    if (!used_.contains(name) && !is_buffer(name)) {
      problems_.push_back("tensor '" + name + "' belongs to no parameter of this architecture");
    }
  }
  if (problems_.empty()) return;
  std::string text = weights_.source() + ": the weights do not fit the model: ";
  for (size_t i = 0; i < std::min(problems_.size(), kProblemsShown); ++i) {
    text += (i == 0 ? "" : "; ") + problems_[i];
  }
  if (problems_.size() > kProblemsShown) {
    text += "; and " + std::to_string(problems_.size() - kProblemsShown) + " more";
  }
  throw Error(text);
}

torch::Tensor GivenBuilder::make(const ParameterSpec& spec, size_t number) {
  LEAKPROBE_CHECK(number < weights_.size(), "there are no weights for '" + spec.info.name + "'");
  return weights_[number];
}

}  // namespace leakprobe
