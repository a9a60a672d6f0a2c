#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "format/gguf_metadata.h"
#include "leakprobe/tensors.h"

namespace leakprobe::testing_support {

/// Writes a GGUF file (version 3) of float32 tensors: integers as int64, numbers as float32.
void write_gguf(const std::filesystem::path& path, const std::map<std::string, GgufValue>& metadata,
                const NamedTensors& tensors);

}  // namespace leakprobe::testing_support
