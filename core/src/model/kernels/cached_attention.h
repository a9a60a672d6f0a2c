#pragma once

#include <cstdint>

#include "model/kernels/attention.h"

namespace leakprobe {

/// The tokens of one pass that continues rows, and where the keys and values of those rows lie:
/// f32, keys rotated already, (rows, key-value heads, capacity, width), the width rounded up to
/// lanes.
struct CachedTokens {
  const int64_t* rows = nullptr;       ///< of each token
  const int64_t* positions = nullptr;  ///< of each token within its row
  int64_t tokens = 0;
  int64_t capacity = 0;
  int64_t heads = 0;
  int64_t key_value_heads = 0;
  int64_t head_size = 0;
  int64_t rotated = 0;             ///< the first numbers of a head that are rotated; even
  const float* cosines = nullptr;  ///< (capacity, rotated / 2)
  const float* sines = nullptr;
  float* keys = nullptr;
  float* values = nullptr;
};

/// Puts the keys and values of the tokens into the cache. `T` is float or Brain.
template <class T>
void store_tokens(const CachedTokens& cached, const HeadView<const T>& key,
                  const HeadView<const T>& value);

/// Attention of each token to all of its row up to itself, whose keys and values are in the cache.
/// What a token gets does not depend on the other tokens of the pass.
template <class T>
void attend_to_cache(const CachedTokens& cached, const HeadView<const T>& query,
                     const HeadView<T>& result);

}  // namespace leakprobe
