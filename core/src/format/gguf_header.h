#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "format/gguf_metadata.h"
#include "format/gguf_types.h"
#include "leakprobe/tensors.h"

namespace leakprobe {

/// What stands in a GGUF file before the numbers.
struct GgufHeader {
  struct Tensor {
    TensorInfo info;
    const GgufType* type = nullptr;
    /// Where its first byte stands in the file.
    size_t begin = 0;
  };
  GgufMetadata metadata;
  std::map<std::string, Tensor> tensors;
};

/// Reads and checks everything but the numbers; `file` is the whole file. See GgufFile for what
/// throws Error; `source` is the file's name in messages.
GgufHeader parse_gguf_header(std::span<const std::byte> file, const std::string& source);

}  // namespace leakprobe
