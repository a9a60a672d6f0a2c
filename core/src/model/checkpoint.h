#pragma once

#include <filesystem>

#include "model/loaded_model.h"

namespace leakprobe {

/// Writes the model as a Hugging Face folder that transformers loads: config.json,
/// model.safetensors, the tokenizer's files. Complete or not at all. `folder` lies in one of
/// checkpoints alone, which lists them (see format/own_files.h): an earlier one is replaced, a
/// folder of somebody else is an Error.
void write_checkpoint(const LoadedModel& model, const std::filesystem::path& folder);

/// Removes checkpoints that killed processes left half-written. Throws Error.
void remove_unfinished_checkpoints(const std::filesystem::path& folder);

}  // namespace leakprobe
