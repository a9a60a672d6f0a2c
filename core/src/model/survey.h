#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/plugin.h"
#include "leakprobe/tensors.h"

namespace leakprobe {

/// The parameters that a model of these options declares, without any memory for them. Throws Error
/// where they are more than any machine can hold.
std::vector<ParameterInfo> survey_parameters(const Registration& architecture, const void* options,
                                             int64_t vocab_size);

/// Throws Error, naming every tensor that is missing, unknown or of another shape or type, unless
/// the weights are such a model's. Reads no numbers but those of buffers. Gives the parameter that
/// another one is tied to, if there is one.
std::optional<ParameterSpec> require_weights(const Registration& architecture, const void* options,
                                             int64_t vocab_size, const TensorSource& weights,
                                             bool gguf);

}  // namespace leakprobe
