#pragma once

#include <torch/types.h>

#include <utility>

#include "model/forward_context.h"
#include "model/loaded_model.h"

namespace leakprobe {

/// A model to compute with: its weights, how its operations compute and what they keep from one
/// call to the next, and where they lie.
struct Policy {
  Policy(LoadedModel weights, Compute compute)
      : model(std::move(weights)), forward(compute), device(model.device()) {}

  LoadedModel model;
  const ForwardContext forward;
  const torch::Device device;
};

}  // namespace leakprobe
