#pragma once

#include <filesystem>

#include "model/loaded_model.h"

namespace leakprobe {

/// Writes the model as a Hugging Face folder that transformers loads: config.json,
/// model.safetensors, the tokenizer's files. Complete or not at all; replaces what was there.
void write_checkpoint(const LoadedModel& model, const std::filesystem::path& folder);

}  // namespace leakprobe
