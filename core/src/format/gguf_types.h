#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace leakprobe {

/// A tensor type of GGUF: rows are stored in blocks of so many elements and bytes.
struct GgufType {
  uint32_t id;
  std::string_view name;
  int64_t block_elements;
  int64_t block_bytes;
  /// Turns `blocks` whole blocks into float32; nullptr for a type that is not read here.
  void (*to_float)(const std::byte* stored, float* out, int64_t blocks);
};

/// The type with this number in the file, nullptr where none is known.
const GgufType* find_gguf_type(uint32_t id);

}  // namespace leakprobe
