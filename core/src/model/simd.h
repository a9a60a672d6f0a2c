#pragma once

#include <cstdint>
#include <cstring>

/// Sixteen floats at a time, in the compiler's portable vector types: one source for AVX-512, AVX2
/// and plain SSE, whose results may differ in the last bit.
namespace leakprobe {

/// Compiles a function three times and picks the best at run time. Everything it calls must be
/// inlined, lambdas included, or it stays plain SSE. The choice is by instruction sets: "arch="
/// would ask for one maker's processor. Sanitizers run before the choice could be made.
#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__)
#define LEAKPROBE_SIMD
#else
#define LEAKPROBE_SIMD __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#define LEAKPROBE_INLINE inline __attribute__((always_inline))

inline constexpr int64_t kLanes = 16;
using FloatLanes = float __attribute__((vector_size(64)));
using IntLanes = int32_t __attribute__((vector_size(64)));
using WordLanes = uint32_t __attribute__((vector_size(64)));
using HalfLanes = uint16_t __attribute__((vector_size(32)));

/// The bits of a bfloat16.
struct Brain {
  uint16_t bits;
};

LEAKPROBE_INLINE float to_float(float x) { return x; }
LEAKPROBE_INLINE float to_float(Brain x) {
  const uint32_t word = static_cast<uint32_t>(x.bits) << 16;
  float result;
  std::memcpy(&result, &word, sizeof(result));
  return result;
}
LEAKPROBE_INLINE void from_float(float x, float& result) { result = x; }
/// Rounds to nearest, ties to even; NaN stays NaN.
LEAKPROBE_INLINE void from_float(float x, Brain& result) {
  uint32_t word;
  std::memcpy(&word, &x, sizeof(word));
  result.bits =
      x != x ? uint16_t{0x7fc0} : static_cast<uint16_t>((word + 0x7fff + ((word >> 16) & 1)) >> 16);
}

// Resolver and pointers instead of values, because how a vector is passed depends on the target.
LEAKPROBE_INLINE void load(const float* from, FloatLanes& result) {
  std::memcpy(&result, from, sizeof(result));
}
LEAKPROBE_INLINE void load(const Brain* from, FloatLanes& result) {
  HalfLanes half;
  std::memcpy(&half, from, sizeof(half));
  result = (FloatLanes)(__builtin_convertvector(half, WordLanes) << 16);
}
LEAKPROBE_INLINE void store(float* to, const FloatLanes& x) { std::memcpy(to, &x, sizeof(x)); }
LEAKPROBE_INLINE void store(Brain* to, const FloatLanes& x) {
  const WordLanes word = (WordLanes)x;
  const WordLanes rounded = (word + 0x7fff + ((word >> 16) & 1)) >> 16;
  const WordLanes quiet_nan = rounded * 0 + 0x7fc0;
  const HalfLanes half = __builtin_convertvector(x != x ? quiet_nan : rounded, HalfLanes);
  std::memcpy(to, &half, sizeof(half));
}

LEAKPROBE_INLINE float sum_of(const FloatLanes& x) {
  float lanes[kLanes];
  std::memcpy(lanes, &x, sizeof(lanes));
  for (int64_t width = kLanes / 2; width > 0; width /= 2) {
    for (int64_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
  }
  return lanes[0];
}
LEAKPROBE_INLINE float max_of(const FloatLanes& x) {
  float lanes[kLanes];
  std::memcpy(lanes, &x, sizeof(lanes));
  for (int64_t width = kLanes / 2; width > 0; width /= 2) {
    for (int64_t i = 0; i < width; ++i) {
      lanes[i] = lanes[i] > lanes[i + width] ? lanes[i] : lanes[i + width];
    }
  }
  return lanes[0];
}

/// e^x within 2 units in the last place; 0 below -87, so that masked scores vanish.
/// Argument reduction by ln 2 in two parts and a polynomial of degree 6 (Cephes, expf).
LEAKPROBE_INLINE void exponential(FloatLanes& x) {
  const FloatLanes zero = {};
  const FloatLanes argument = x;
  FloatLanes clamped = argument < -87.0f ? zero - 87.0f : argument;
  clamped = clamped > 88.0f ? zero + 88.0f : clamped;
  // Adding and taking off 1.5 * 2^23 rounds to the nearest integer.
  const FloatLanes shifted = clamped * 1.44269504f + 12582912.0f;
  const FloatLanes power = shifted - 12582912.0f;
  const FloatLanes rest = (clamped - power * 0.693359375f) + power * 2.12194440e-4f;
  FloatLanes polynomial = rest * 1.9875691500e-4f + 1.3981999507e-3f;
  polynomial = polynomial * rest + 8.3334519073e-3f;
  polynomial = polynomial * rest + 4.1665795894e-2f;
  polynomial = polynomial * rest + 1.6666665459e-1f;
  polynomial = polynomial * rest + 5.0000001201e-1f;
  polynomial = polynomial * (rest * rest) + rest + 1.0f;
  const IntLanes exponent = (__builtin_convertvector(power, IntLanes) + 127) << 23;
  const FloatLanes result = polynomial * (FloatLanes)exponent;
  x = argument < -87.0f ? zero : result;
}

}  // namespace leakprobe
