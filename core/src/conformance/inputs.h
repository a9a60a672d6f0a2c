#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "leakprobe/task.h"
#include "leakprobe/tokenizer.h"

/// What plugins under test are given.
namespace leakprobe {

/// Irregular numbers in [low, high), the same everywhere, by shape.
torch::Tensor irregular(torch::IntArrayRef shape, uint64_t salt, double low, double high);

/// What a plugin is asked with that takes any tokenizer: its tokens are the characters of ASCII.
std::shared_ptr<const Tokenizer> ascii_tokenizer();

/// What streams, prefixes and sets in examples may name, as phase.h says.
TaskFacts kits_task();

}  // namespace leakprobe
