#include "format/gguf_types.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace leakprobe {
namespace {

// The block layouts are those of ggml (ggml-common.h, block_q4_0 and so on).
constexpr int kBlock = 32;

template <class Number>
Number load(const std::byte* stored) {
  Number number;
  std::memcpy(&number, stored, sizeof number);
  return number;
}

float load_half(const std::byte* stored) {
  return static_cast<float>(c10::Half(load<uint16_t>(stored), c10::Half::from_bits()));
}

void from_f32(const std::byte* stored, float* out, int64_t count) {
  if (count > 0) std::memcpy(out, stored, static_cast<size_t>(count) * sizeof(float));
}

void from_f16(const std::byte* stored, float* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] = load_half(stored + 2 * i);
}

void from_bf16(const std::byte* stored, float* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    out[i] = std::bit_cast<float>(uint32_t{load<uint16_t>(stored + 2 * i)} << 16);
  }
}

// scale (f16), 32 signed bytes
void from_q8_0(const std::byte* __restrict stored, float* __restrict out, int64_t blocks) {
  for (int64_t block = 0; block < blocks; ++block, stored += 2 + kBlock, out += kBlock) {
    const float scale = load_half(stored);
    const auto* quants = reinterpret_cast<const signed char*>(stored + 2);
    for (int i = 0; i < kBlock; ++i) out[i] = scale * static_cast<float>(quants[i]);
  }
}

// 16 bytes: the low halves are the first 16 elements, the high halves the others
void from_nibbles(const std::byte* __restrict stored, float* __restrict out, float scale,
                  int zero_point, float offset) {
  const auto* quants = reinterpret_cast<const unsigned char*>(stored);
  for (int i = 0; i < kBlock / 2; ++i) {
    out[i] = scale * static_cast<float>((quants[i] & 15) - zero_point) + offset;
    out[i + kBlock / 2] = scale * static_cast<float>((quants[i] >> 4) - zero_point) + offset;
  }
}

// scale (f16), 32 half-bytes around 8
void from_q4_0(const std::byte* stored, float* out, int64_t blocks) {
  for (int64_t block = 0; block < blocks; ++block, stored += 2 + kBlock / 2, out += kBlock) {
    from_nibbles(stored + 2, out, load_half(stored), 8, 0.0f);
  }
}

// scale (f16), minimum (f16), 32 half-bytes
void from_q4_1(const std::byte* stored, float* out, int64_t blocks) {
  for (int64_t block = 0; block < blocks; ++block, stored += 4 + kBlock / 2, out += kBlock) {
    from_nibbles(stored + 4, out, load_half(stored), 0, load_half(stored + 2));
  }
}

constexpr std::array kTypes = {
    GgufType{0, "F32", 1, 4, from_f32},        GgufType{1, "F16", 1, 2, from_f16},
    GgufType{2, "Q4_0", 32, 18, from_q4_0},    GgufType{3, "Q4_1", 32, 20, from_q4_1},
    GgufType{6, "Q5_0", 32, 22, nullptr},      GgufType{7, "Q5_1", 32, 24, nullptr},
    GgufType{8, "Q8_0", 32, 34, from_q8_0},    GgufType{9, "Q8_1", 32, 36, nullptr},
    GgufType{10, "Q2_K", 256, 84, nullptr},    GgufType{11, "Q3_K", 256, 110, nullptr},
    GgufType{12, "Q4_K", 256, 144, nullptr},   GgufType{13, "Q5_K", 256, 176, nullptr},
    GgufType{14, "Q6_K", 256, 210, nullptr},   GgufType{15, "Q8_K", 256, 292, nullptr},
    GgufType{16, "IQ2_XXS", 256, 66, nullptr}, GgufType{17, "IQ2_XS", 256, 74, nullptr},
    GgufType{18, "IQ3_XXS", 256, 98, nullptr}, GgufType{19, "IQ1_S", 256, 50, nullptr},
    GgufType{20, "IQ4_NL", 32, 18, nullptr},   GgufType{21, "IQ3_S", 256, 110, nullptr},
    GgufType{22, "IQ2_S", 256, 82, nullptr},   GgufType{23, "IQ4_XS", 256, 136, nullptr},
    GgufType{24, "I8", 1, 1, nullptr},         GgufType{25, "I16", 1, 2, nullptr},
    GgufType{26, "I32", 1, 4, nullptr},        GgufType{27, "I64", 1, 8, nullptr},
    GgufType{28, "F64", 1, 8, nullptr},        GgufType{29, "IQ1_M", 256, 56, nullptr},
    GgufType{30, "BF16", 1, 2, from_bf16},     GgufType{34, "TQ1_0", 256, 54, nullptr},
    GgufType{35, "TQ2_0", 256, 66, nullptr},   GgufType{39, "MXFP4", 32, 17, nullptr},
    GgufType{40, "NVFP4", 64, 36, nullptr},    GgufType{41, "Q1_0", 128, 18, nullptr},
};

}  // namespace

const GgufType* find_gguf_type(uint32_t id) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const GgufType& type) { return type.id == id; });
  return found == kTypes.end() ? nullptr : found;
}

}  // namespace leakprobe
