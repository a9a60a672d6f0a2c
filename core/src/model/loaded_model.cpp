#include "model/loaded_model.h"

#include <ATen/ATen.h>

#include <any>
#include <utility>

#include "leakprobe/error.h"
#include "model/builders.h"
#include "model/survey.h"
#include "plugin/guard.h"
#include "plugin/guarded_plugins.h"

namespace leakprobe {

LoadedModel::LoadedModel(ModelDesign design, CollectingBuilder& builder)
    : design_(std::move(design)) {
  const Registration& architecture = *design_.architecture;
  const std::string plugin = plugin_text(Kind::model, architecture.name);
  guarded(plugin, [&] {
    const auto facts = std::any_cast<ModelFacts>(architecture.facts(design_.options.get()));
    blocks_ = facts.blocks;
    model_ = with_guard(architecture.model->make(design_.options.get(), builder), plugin,
                        design_.vocab_size, facts.hidden_size);
  });
  parameters_ = builder.take();
  LEAKPROBE_CHECK(!parameters_.empty(), "model '" + architecture.name + "' has no parameters");
}

LoadedModel LoadedModel::seeded(ModelDesign design, uint64_t seed, torch::Device device) {
  SeedingBuilder builder(design.vocab_size, seed, device);
  return {std::move(design), builder};
}

LoadedModel LoadedModel::read(ModelDesign design, const TensorSource& weights, bool gguf,
                              torch::Device device) {
  require_weights(*design.architecture, design.options.get(), design.vocab_size, weights, gguf);
  ReadingBuilder builder(design.vocab_size, weights, gguf, device);
  return {std::move(design), builder};
}

LoadedModel LoadedModel::with_weights(const WeightSnapshot& weights) const {
  GivenBuilder builder(design_.vocab_size, weights);
  return LoadedModel(design_, builder);
}

std::vector<ParameterInfo> LoadedModel::infos() const {
  std::vector<ParameterInfo> infos;
  for (const ModelParameter& parameter : parameters_) infos.push_back(parameter.info);
  return infos;
}

std::string LoadedModel::first_not_finite() const {
  const at::NoGradGuard no_gradients;
  for (const ModelParameter& parameter : parameters_) {
    if (!parameter.value.isfinite().all().item<bool>()) return parameter.info.name;
  }
  return "";
}

WeightSnapshot LoadedModel::snapshot() const {
  WeightSnapshot weights;
  for (const ModelParameter& parameter : parameters_) {
    weights.push_back(parameter.value.detach().clone());
  }
  return weights;
}

void LoadedModel::restore(const WeightSnapshot& weights) {
  LEAKPROBE_CHECK(weights.size() == parameters_.size(), "the weights are of another model");
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < weights.size(); ++i) {
    torch::Tensor value = parameters_[i].value;
    value.copy_(weights[i]);
  }
}

}  // namespace leakprobe
