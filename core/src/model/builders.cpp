#include "model/builders.h"

#include "format/tensor_memory.h"
#include "leakprobe/error.h"
#include "leakprobe/random.h"
#include "plugin/guard.h"

namespace leakprobe {
namespace {

/// Far more tensors than any model has: what a survey of them takes stays small.
constexpr size_t kMostParameters = 100'000;
/// 8 PiB of float32.
constexpr int64_t kMostNumbers = int64_t{1} << 51;

bool all_finite(const torch::Tensor& value) {
  // Bits instead of std::isfinite, so that the compiler makes wide instructions of it.
  constexpr uint32_t kExponent = 0x7f800000;
  const auto* bits = static_cast<const uint32_t*>(value.const_data_ptr());
  uint32_t found = 0;
  for (int64_t i = 0; i < value.numel(); ++i) {
    found |= static_cast<uint32_t>((bits[i] & kExponent) == kExponent);
  }
  return found == 0;
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
  if (parameters_.size() == kMostParameters) {
    too_large("it would have more than " + std::to_string(kMostParameters) +
              " tensors; give it fewer layers");
  }
  const std::optional<int64_t> numbers = element_count(spec.info.shape);
  if (!numbers || *numbers > kMostNumbers - numbers_) {
    too_large("parameter '" + spec.info.name + "' would have the shape " +
              shape_text(spec.info.shape) + "; give it smaller dimensions");
  }
  numbers_ += *numbers;
  torch::Tensor value = make(spec, parameters_.size());
  LEAKPROBE_CHECK(value.sizes() == torch::IntArrayRef(spec.info.shape) &&
                      value.scalar_type() == torch::kFloat32,
                  "parameter '" + spec.info.name + "' was made with another shape or type");
  parameters_.push_back({spec.info, value});
  return value;
}

void CollectingBuilder::too_large(const std::string& what) const {
  throw PluginError((source_.empty() ? "" : source_ + ": ") +
                    "the model would be larger than any machine's memory: " + what);
}

torch::Tensor SeedingBuilder::make(const ParameterSpec& spec, size_t /*number*/) {
  torch::Tensor value = torch::full(spec.info.shape, spec.init.mean, torch::kFloat32);
  if (spec.init.deviation > 0) {
    RandomStream(seed_, "init/" + spec.info.name)
        .fill_normal(value, spec.init.mean, spec.init.deviation);
  }
  return value.to(device_);
}

torch::Tensor SurveyBuilder::make(const ParameterSpec& spec, size_t /*number*/) {
  if (match_ != nullptr) match_->find(spec);
  if (!spec.info.tied_to.empty()) tied_ = spec;
  return torch::empty(spec.info.shape,
                      torch::TensorOptions().dtype(torch::kFloat32).device(torch::kMeta));
}

void SurveyBuilder::buffer(const BufferSpec& spec) {
  if (match_ != nullptr) match_->allow(spec);
}

torch::Tensor ReadingBuilder::make(const ParameterSpec& spec, size_t /*number*/) {
  const std::optional<std::string> name = match_.find(spec);
  if (!name) return torch::zeros(spec.info.shape).to(device_);  // a bias that GGUF leaves out
  torch::Tensor value;
  try {
    value = weights_.read_f32(*name);
  } catch (const Error& failure) {
    throw PluginError(failure.what());
  }
  if (!all_finite(value)) {
    throw PluginError(weights_.source() + ": tensor '" + *name +
                      "' holds NaN or infinite numbers; its training diverged or the file is "
                      "damaged: take another one");
  }
  if (gguf_ && spec.gguf_interleaved_heads > 0) {
    value = half_split(value, spec.gguf_interleaved_heads);
  }
  return value.to(device_);
}

torch::Tensor GivenBuilder::make(const ParameterSpec& spec, size_t number) {
  LEAKPROBE_CHECK(number < weights_.size(), "there are no weights for '" + spec.info.name + "'");
  return weights_[number];
}

}  // namespace leakprobe
