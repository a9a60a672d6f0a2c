#pragma once

#include <memory>

#include "compose/composition.h"
#include "leakprobe/origin.h"
#include "model/loaded_model.h"
#include "plugin/registry.h"

namespace leakprobe {

/// The tokenizer of a composition's model: model.tokenizer, its files' own, or the letter
/// vocabulary for a model from dimensions; nullptr where there is none or the model is missing.
std::shared_ptr<const Tokenizer> load_tokenizer_of(const Composition& composition,
                                                   const Registry& registry);

/// The model that a composition describes. Throws Error.
LoadedModel load_model(const Composition& composition, const Registry& registry,
                       torch::Device device);

/// `model` with the weights that a phase of another run left in its checkpoint. Throws Error where
/// the run kept none, or the checkpoint is of another architecture.
std::shared_ptr<LoadedModel> load_run_weights(const LoadedModel& model, const Origin& origin);

}  // namespace leakprobe
