#pragma once

#include <array>

#include "leakprobe/words.h"

namespace leakprobe {

/// What matrix products multiply; everything else is f32 in both.
enum class Compute { float32, bfloat16 };
constexpr auto words_of(Compute) {
  return std::array{Word{Compute::float32, "float32", "exactly what PyTorch computes"},
                    Word{Compute::bfloat16, "bfloat16", "faster, with inputs of 8 bits"}};
}

}  // namespace leakprobe
