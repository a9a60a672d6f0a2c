#pragma once

#include <cstdint>

#include "model/simd.h"

/// The numbers of one head of a token: reading, writing and rotating them.
namespace leakprobe {

constexpr int64_t rounded_up(int64_t size) { return (size + kLanes - 1) / kLanes * kLanes; }

template <class T>
LEAKPROBE_INLINE void read_row(const T* from, float* to, int64_t size) {
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    FloatLanes lanes;
    load(from + i, lanes);
    store(to + i, lanes);
  }
  for (; i < size; ++i) to[i] = to_float(from[i]);
}

template <class T>
LEAKPROBE_INLINE void write_row(const float* from, T* to, int64_t size) {
  int64_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    FloatLanes lanes;
    load(from + i, lanes);
    store(to + i, lanes);
  }
  for (; i < size; ++i) from_float(from[i], to[i]);
}

/// Rotates pairs (i, i + rotated / 2) of a head by the token's angles; `direction` -1 turns back.
LEAKPROBE_INLINE void rotate(float* head, const float* cosines, const float* sines, int64_t rotated,
                             float direction) {
  const int64_t half = rotated / 2;
  for (int64_t i = 0; i < half; ++i) {
    const float sine = sines[i] * direction;
    const float low = head[i];
    const float high = head[i + half];
    head[i] = low * cosines[i] - high * sine;
    head[i + half] = high * cosines[i] + low * sine;
  }
}

}  // namespace leakprobe
