#include "format/safetensors_dtype.h"

#include <algorithm>
#include <array>

namespace leakprobe {
namespace {

constexpr std::array kDtypes = {
    SafetensorsDtype{"BOOL", 8, torch::kBool, 0},
    SafetensorsDtype{"F4", 4, std::nullopt, 1},
    SafetensorsDtype{"F6_E2M3", 6, std::nullopt, 2},
    SafetensorsDtype{"F6_E3M2", 6, std::nullopt, 3},
    SafetensorsDtype{"U8", 8, torch::kUInt8, 4},
    SafetensorsDtype{"I8", 8, torch::kInt8, 5},
    SafetensorsDtype{"F8_E5M2", 8, std::nullopt, 6},
    SafetensorsDtype{"F8_E4M3", 8, std::nullopt, 7},
    SafetensorsDtype{"F8_E8M0", 8, std::nullopt, 8},
    SafetensorsDtype{"F8_E4M3FNUZ", 8, std::nullopt, 9},
    SafetensorsDtype{"F8_E5M2FNUZ", 8, std::nullopt, 10},
    SafetensorsDtype{"I16", 16, torch::kInt16, 11},
    SafetensorsDtype{"U16", 16, torch::kUInt16, 12},
    SafetensorsDtype{"F16", 16, torch::kFloat16, 13},
    SafetensorsDtype{"BF16", 16, torch::kBFloat16, 14},
    SafetensorsDtype{"I32", 32, torch::kInt32, 15},
    SafetensorsDtype{"U32", 32, torch::kUInt32, 16},
    SafetensorsDtype{"F32", 32, torch::kFloat32, 17},
    SafetensorsDtype{"C64", 64, std::nullopt, 18},
    SafetensorsDtype{"F64", 64, torch::kFloat64, 19},
    SafetensorsDtype{"I64", 64, torch::kInt64, 20},
    SafetensorsDtype{"U64", 64, torch::kUInt64, 21},
};

template <class Predicate>
const SafetensorsDtype* find_where(Predicate predicate) {
  const auto* found = std::find_if(kDtypes.begin(), kDtypes.end(), predicate);
  return found == kDtypes.end() ? nullptr : found;
}

}  // namespace

const SafetensorsDtype* find_dtype(std::string_view name) {
  return find_where([&](const SafetensorsDtype& dtype) { return dtype.name == name; });
}

const SafetensorsDtype* find_dtype(torch::ScalarType scalar) {
  return find_where([&](const SafetensorsDtype& dtype) { return dtype.scalar == scalar; });
}

}  // namespace leakprobe
