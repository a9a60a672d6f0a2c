#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "model/loaded_model.h"
#include "step/pass.h"
#include "step/policy.h"
#include "step/updater.h"

/// What a step says where a number is not finite: which rows, and whether the model, the reference
/// or the objective is to blame. Nothing here is reached in a good step, so that it may compute
/// again what it needs to know.
namespace leakprobe {

/// The first rows of `term` at which `values` (one tensor a pass) are not finite; "" if none.
std::string rows_not_finite(const TermRunner& term, const std::vector<const Pass*>& passes,
                            const std::vector<torch::Tensor>& values);

/// Of a term's loss for log-probabilities `leaves`, one tensor a pass. Throws Error.
[[noreturn]] void fail_loss(const TermRunner& term, const std::vector<const Pass*>& passes,
                            const std::vector<torch::Tensor>& leaves, const LoadedModel& model);

/// Of the gradient of the parameters; `gradients` are those of the passes' log-probabilities, and
/// `place` says the step. Throws Error.
[[noreturn]] void fail_gradient(const std::vector<Pass>& passes,
                                const std::vector<torch::Tensor>& gradients, const Policy& policy,
                                Updater& updater, const std::string& place);

}  // namespace leakprobe
