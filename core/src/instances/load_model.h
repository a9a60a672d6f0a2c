#pragma once

#include <memory>
#include <vector>

#include "compose/composition.h"
#include "format/sharded.h"
#include "leakprobe/error.h"
#include "leakprobe/weights_ref.h"
#include "model/loaded_model.h"
#include "plugin/registry.h"

namespace leakprobe {

/// The tokenizer of a composition's model: model.tokenizer, its files' own, or the letter
/// vocabulary for a model from dimensions; nullptr where there is none or the model is missing.
std::shared_ptr<const Tokenizer> load_tokenizer_of(const Composition& composition,
                                                   const Registry& registry);

/// The parameters of a composition's model, without any memory for them; none where it is missing.
std::vector<ParameterInfo> parameters_of(const Composition& composition, const Registry& registry);

/// What the files of a model hold cannot be taken: as much a mistake as a wrong word would be.
class UnfitModel : public Error {
 public:
  using Error::Error;
};

/// The model that a composition describes. Throws UnfitModel or another Error.
LoadedModel load_model(const Composition& composition, const Registry& registry,
                       torch::Device device);

/// The checkpoint that a phase of another run left. Throws Error where the run kept none, is not
/// complete, or was altered since.
WeightFiles open_run_weights(const WeightsRef& origin);

/// The tokenizer with which that checkpoint was trained; nullptr where it had none. Throws Error as
/// open_run_weights does, and where it is damaged.
std::shared_ptr<const Tokenizer> load_run_tokenizer(const WeightsRef& origin);

/// `model` with these weights. Throws Error where the checkpoint is of another architecture, too.
LoadedModel load_run_weights(const LoadedModel& model, const WeightsRef& origin);

}  // namespace leakprobe
