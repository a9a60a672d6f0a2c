#pragma once

#include <cstdint>

#include "model/kernels/row_path.h"
#include "model/simd.h"

namespace leakprobe {

/// Where one of query, key, value (or a gradient of it) lies: element (node, head, 0), with the
/// head's numbers contiguous. Strides count elements.
template <class T>
struct HeadView {
  T* data = nullptr;
  int64_t node = 0;
  int64_t head = 0;

  T* at(int64_t n, int64_t h) const { return data + n * node + h * head; }
};

struct AttentionSizes {
  const RowPath* rows = nullptr;
  int64_t row_count = 0;
  int64_t group = 1;    ///< rows that may share positions, from a multiple of it on
  int64_t longest = 0;  ///< tokens of the longest row
  int64_t heads = 0;
  int64_t key_value_heads = 0;
  int64_t head_size = 0;
  int64_t rotated = 0;             ///< the first numbers of a head that are rotated; even
  const float* cosines = nullptr;  ///< (longest, rotated / 2)
  const float* sines = nullptr;
};

/// Causal attention of short rows, one (group of rows, key-value head) after the other entirely in
/// cache: rotation, scores, softmax and weighted sum in f32, with nothing kept for the backward
/// pass. `T` is float or Brain.
template <class T>
void attention_forward(const AttentionSizes& sizes, const HeadView<const T>& query,
                       const HeadView<const T>& key, const HeadView<const T>& value,
                       const HeadView<T>& result);

/// Gradients of the above; the probabilities are computed again from query and key.
template <class T>
void attention_backward(const AttentionSizes& sizes, const HeadView<const T>& query,
                        const HeadView<const T>& key, const HeadView<const T>& value,
                        const HeadView<const T>& result_gradient, const HeadView<T>& query_gradient,
                        const HeadView<T>& key_gradient, const HeadView<T>& value_gradient);

}  // namespace leakprobe
