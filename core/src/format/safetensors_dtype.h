#pragma once

#include <torch/types.h>

#include <optional>
#include <string_view>

namespace leakprobe {

/// A type of the safetensors format.
struct SafetensorsDtype {
  std::string_view name;
  int bits;
  /// As LibTorch knows it; nothing for a type that is not read here.
  std::optional<torch::ScalarType> scalar;
  /// Place in the order of the reference implementation, which stores higher ranks first.
  int rank;
};

/// The type called so ("F32"), nullptr where the format has none of this name.
const SafetensorsDtype* find_dtype(std::string_view name);

/// The type that stores `scalar`, nullptr where none does.
const SafetensorsDtype* find_dtype(torch::ScalarType scalar);

}  // namespace leakprobe
