#include "model/kernels/cached_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/kernels/head_numbers.h"
#include "model/parallel.h"

namespace leakprobe {
namespace {

template <class Lanes>
LEAKPROBE_INLINE float dot(const float* left, const float* right, int64_t width) {
  Lanes total = {};
  for (int64_t c = 0; c < width; c += width_of<Lanes>) {
    Lanes one;
    Lanes other;
    load(left + c, one);
    load(right + c, other);
    total += one * other;
  }
  return sum_of(total);
}

/// Softmax of `size` scores in place; the rest of the last lanes becomes 0.
template <class Lanes>
LEAKPROBE_INLINE void softmax(float* scores, int64_t size) {
  const int64_t end = rounded_up(size);
  float largest = scores[0];
  for (int64_t j = 1; j < size; ++j) largest = std::max(largest, scores[j]);
  for (int64_t j = size; j < end; ++j) scores[j] = largest - 1e30f;
  Lanes total = {};
  for (int64_t j = 0; j < end; j += width_of<Lanes>) {
    Lanes lanes;
    load(scores + j, lanes);
    lanes -= largest;
    exponential(lanes);
    total += lanes;
    store(scores + j, lanes);
  }
  const float scale = 1.0f / sum_of(total);
  for (int64_t j = 0; j < end; ++j) scores[j] *= scale;
}

LEAKPROBE_INLINE int64_t line_of(const CachedTokens& cached, int64_t token, int64_t head) {
  return (cached.rows[token] * cached.key_value_heads + head) * cached.capacity *
         rounded_up(cached.head_size);
}

template <class T>
LEAKPROBE_INLINE void store_some(const CachedTokens& cached, const HeadView<const T>& key,
                                 const HeadView<const T>& value, int64_t begin, int64_t end) {
  const int64_t width = rounded_up(cached.head_size);
  const int64_t half = cached.rotated / 2;
  for (int64_t token = begin; token < end; ++token) {
    const int64_t position = cached.positions[token];
    for (int64_t head = 0; head < cached.key_value_heads; ++head) {
      const int64_t at = line_of(cached, token, head) + position * width;
      read_row(key.at(token, head), cached.keys + at, cached.head_size);
      rotate(cached.keys + at, cached.cosines + position * half, cached.sines + position * half,
             cached.rotated, 1.0f);
      read_row(value.at(token, head), cached.values + at, cached.head_size);
    }
  }
}

template <class Lanes, class T>
LEAKPROBE_INLINE void attend_some(const CachedTokens& cached, const HeadView<const T>& query,
                                  const HeadView<T>& result, int64_t begin, int64_t end,
                                  float* line, float* scores) {
  const int64_t width = rounded_up(cached.head_size);
  const int64_t half = cached.rotated / 2;
  const int64_t group = cached.heads / cached.key_value_heads;
  const float scale = 1.0f / std::sqrt(static_cast<float>(cached.head_size));
  for (int64_t token = begin; token < end; ++token) {
    const int64_t position = cached.positions[token];
    for (int64_t head = 0; head < cached.heads; ++head) {
      const float* keys = cached.keys + line_of(cached, token, head / group);
      const float* values = cached.values + line_of(cached, token, head / group);
      read_row(query.at(token, head), line, cached.head_size);
      rotate(line, cached.cosines + position * half, cached.sines + position * half, cached.rotated,
             1.0f);
      for (int64_t i = 0; i < width; ++i) line[i] *= scale;
      for (int64_t j = 0; j <= position; ++j) scores[j] = dot<Lanes>(line, keys + j * width, width);
      softmax<Lanes>(scores, position + 1);
      for (int64_t c = 0; c < width; c += width_of<Lanes>) {
        Lanes total = {};
        for (int64_t j = 0; j <= position; ++j) {
          Lanes lanes;
          load(values + j * width + c, lanes);
          total += lanes * scores[j];
        }
        store(line + c, total);
      }
      write_row(line, result.at(token, head), cached.head_size);
    }
  }
}

struct StoreSome {
  template <class Lanes, class T>
  static LEAKPROBE_INLINE void run(const CachedTokens* cached, const HeadView<const T>* key,
                                   const HeadView<const T>* value, int64_t begin, int64_t end) {
    store_some(*cached, *key, *value, begin, end);
  }
};

struct AttendSome {
  template <class Lanes, class T>
  static LEAKPROBE_INLINE void run(const CachedTokens* cached, const HeadView<const T>* query,
                                   const HeadView<T>* result, int64_t begin, int64_t end,
                                   float* line, float* scores) {
    attend_some<Lanes>(*cached, *query, *result, begin, end, line, scores);
  }
};

}  // namespace

template <class T>
void store_tokens(const CachedTokens& cached, const HeadView<const T>& key,
                  const HeadView<const T>& value) {
  parallel_for(cached.tokens, 16, [&](int64_t begin, int64_t end) {
    run_simd<StoreSome>(&cached, &key, &value, begin, end);
  });
}

template <class T>
void attend_to_cache(const CachedTokens& cached, const HeadView<const T>& query,
                     const HeadView<T>& result) {
  parallel_for(cached.tokens, 4, [&](int64_t begin, int64_t end) {
    std::vector<float> line(static_cast<size_t>(rounded_up(cached.head_size)), 0.0f);
    std::vector<float> scores(static_cast<size_t>(rounded_up(cached.capacity)), 0.0f);
    run_simd<AttendSome>(&cached, &query, &result, begin, end, line.data(), scores.data());
  });
}

template void store_tokens(const CachedTokens&, const HeadView<const float>&,
                           const HeadView<const float>&);
template void store_tokens(const CachedTokens&, const HeadView<const Brain>&,
                           const HeadView<const Brain>&);
template void attend_to_cache(const CachedTokens&, const HeadView<const float>&,
                              const HeadView<float>&);
template void attend_to_cache(const CachedTokens&, const HeadView<const Brain>&,
                              const HeadView<Brain>&);

}  // namespace leakprobe
