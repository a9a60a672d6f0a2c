#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/plugin.h"
#include "leakprobe/tensors.h"
#include "leakprobe/tokenizer.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// A parameter of a model in memory: f32 masters.
struct ModelParameter {
  ParameterInfo info;
  torch::Tensor value;
};

/// Copies of all parameters in their order.
using WeightSnapshot = std::vector<torch::Tensor>;

/// What a model is made as: its architecture, dimensions and vocabulary.
struct ModelDesign {
  const Registration* architecture = nullptr;
  std::shared_ptr<const void> options;
  int64_t vocab_size = 0;
  std::shared_ptr<const Tokenizer> tokenizer = nullptr;  ///< nullptr where it has none
  /// {bos_token_id, eos_token_id, pad_token_id} as far as its files say; null or a map.
  Value special_tokens = {};
  /// Settings of its config.json that are not applied here; null or a map.
  Value kept_settings = {};
};

/// A model with its parameters.
class LoadedModel {
 public:
  /// With random weights: each parameter from its own stream init/<parameter>.
  static LoadedModel seeded(ModelDesign design, uint64_t seed, torch::Device device);
  /// With the weights of files. Throws Error that names every tensor which is missing, not known,
  /// of another shape, or holds numbers that are not finite.
  static LoadedModel read(ModelDesign design, const TensorSource& weights, bool gguf,
                          torch::Device device);
  /// The same model with other weights, which are used, not copied.
  LoadedModel with_weights(const WeightSnapshot& weights) const;

  const Model& model() const { return *model_; }
  const ModelDesign& design() const { return design_; }
  const std::vector<ModelParameter>& parameters() const { return parameters_; }
  /// What they are, without their values.
  std::vector<ParameterInfo> infos() const;
  int64_t blocks() const { return blocks_; }
  std::shared_ptr<const Tokenizer> tokenizer() const { return design_.tokenizer; }
  torch::Device device() const { return parameters_.front().value.device(); }

  /// The name of the first parameter that holds NaN or infinity; "" where none does.
  std::string first_not_finite() const;

  WeightSnapshot snapshot() const;
  /// Overwrites all parameters in place.
  void restore(const WeightSnapshot& weights);

 private:
  LoadedModel(ModelDesign design, class CollectingBuilder& builder);

  ModelDesign design_;
  std::vector<ModelParameter> parameters_;
  int64_t blocks_ = 0;
  std::shared_ptr<Model> model_;
};

}  // namespace leakprobe
