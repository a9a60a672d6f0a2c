#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "leakprobe/tensors.h"

namespace leakprobe {

/// What the header of a .safetensors file says.
struct SafetensorsHeader {
  struct Tensor {
    TensorInfo info;
    /// Where its first byte stands in the file.
    size_t begin = 0;
  };
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads and checks the header against the size of `file`, the whole file's bytes. See TensorFile
/// for what throws Error; `source` is the file's name in messages.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file,
                                           const std::string& source);

}  // namespace leakprobe
