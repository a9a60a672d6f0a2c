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

/// So many floats, as many as a register of some processor holds.
using Floats4 = float __attribute__((vector_size(16)));
using Floats8 = float __attribute__((vector_size(32)));
using Floats16 = float __attribute__((vector_size(64)));

template <class Lanes>
inline constexpr int64_t width_of = static_cast<int64_t>(sizeof(Lanes) / sizeof(float));

namespace simd {
template <class Kernel, class... Arguments>
void run_plain(Arguments... arguments) {
  Kernel::template run<Floats4>(arguments...);
}
#if defined(__x86_64__)
template <class Kernel, class... Arguments>
__attribute__((target("avx2,fma"))) void run_avx2(Arguments... arguments) {
  Kernel::template run<Floats8>(arguments...);
}
template <class Kernel, class... Arguments>
__attribute__((target("avx512f"))) void run_avx512(Arguments... arguments) {
  Kernel::template run<Floats16>(arguments...);
}
#endif
}  // namespace simd

/// Calls `Kernel::run<Lanes>(arguments...)` as compiled for this processor, with vectors `Lanes` of
/// its registers' size: of a longer one compilers keep every intermediate result in memory. `run`
/// and everything that it calls must be inlined.
template <class Kernel, class... Arguments>
void run_simd(Arguments... arguments) {
#if defined(__x86_64__)
  static const bool avx512 = __builtin_cpu_supports("avx512f");
  static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx512) return simd::run_avx512<Kernel>(arguments...);
  if (avx2) return simd::run_avx2<Kernel>(arguments...);
#endif
  simd::run_plain<Kernel>(arguments...);
}

inline constexpr int64_t kLanes = 16;
using FloatLanes = float __attribute__((vector_size(64)));
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
template <class Lanes>
LEAKPROBE_INLINE void load(const float* from, Lanes& result) {
  std::memcpy(&result, from, sizeof(result));
}
LEAKPROBE_INLINE void load(const Brain* from, FloatLanes& result) {
  HalfLanes half;
  std::memcpy(&half, from, sizeof(half));
  result = (FloatLanes)(__builtin_convertvector(half, WordLanes) << 16);
}
template <class Lanes>
LEAKPROBE_INLINE void store(float* to, const Lanes& x) {
  std::memcpy(to, &x, sizeof(x));
}
LEAKPROBE_INLINE void store(Brain* to, const FloatLanes& x) {
  const WordLanes word = (WordLanes)x;
  const WordLanes rounded = (word + 0x7fff + ((word >> 16) & 1)) >> 16;
  const WordLanes quiet_nan = rounded * 0 + 0x7fc0;
  const HalfLanes half = __builtin_convertvector(x != x ? quiet_nan : rounded, HalfLanes);
  std::memcpy(to, &half, sizeof(half));
}

template <class Lanes>
LEAKPROBE_INLINE float sum_of(const Lanes& x) {
  constexpr int64_t kWidth = width_of<Lanes>;
  float lanes[kWidth];
  std::memcpy(lanes, &x, sizeof(lanes));
  for (int64_t width = kWidth / 2; width > 0; width /= 2) {
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

/// e^x within 2 units in the last place; 0 below -87, so that masked scores vanish. `Lanes` is any
/// vector of floats.
/// Argument reduction by ln 2 in two parts and a polynomial of degree 6 (Cephes, expf).
template <class Lanes>
LEAKPROBE_INLINE void exponential(Lanes& x) {
  const Lanes zero = {};
  const Lanes argument = x;
  Lanes clamped = argument < -87.0f ? zero - 87.0f : argument;
  clamped = clamped > 88.0f ? zero + 88.0f : clamped;
  // Adding and taking off 1.5 * 2^23 rounds to the nearest integer.
  const Lanes shifted = clamped * 1.44269504f + 12582912.0f;
  const Lanes power = shifted - 12582912.0f;
  const Lanes rest = (clamped - power * 0.693359375f) + power * 2.12194440e-4f;
  Lanes polynomial = rest * 1.9875691500e-4f + 1.3981999507e-3f;
  polynomial = polynomial * rest + 8.3334519073e-3f;
  polynomial = polynomial * rest + 4.1665795894e-2f;
  polynomial = polynomial * rest + 1.6666665459e-1f;
  polynomial = polynomial * rest + 5.0000001201e-1f;
  polynomial = polynomial * (rest * rest) + rest + 1.0f;
  using Ints = decltype(x < x);
  const Ints exponent = (__builtin_convertvector(power, Ints) + 127) << 23;
  const Lanes result = polynomial * (Lanes)exponent;
  x = argument < -87.0f ? zero : result;
}

}  // namespace leakprobe
