#include "model/kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "model/kernels/head_numbers.h"
#include "model/parallel.h"

namespace leakprobe {
namespace {

/// Scratch for one head; widths are multiples of kLanes and what lies beyond a row's end is 0.
class Scratch {
 public:
  Scratch(int64_t tokens, int64_t head_size, int64_t matrices, int64_t squares)
      : width_(rounded_up(head_size)),
        span_(rounded_up(tokens)),
        matrices_(matrices),
        numbers_(static_cast<size_t>(matrices * span_ * width_ + squares * span_ * span_), 0.0f) {}

  float* matrix(int64_t i) { return numbers_.data() + i * span_ * width_; }
  float* square(int64_t i) {
    return numbers_.data() + matrices_ * span_ * width_ + i * span_ * span_;
  }
  int64_t width() const { return width_; }
  int64_t span() const { return span_; }

 private:
  int64_t width_;
  int64_t span_;
  int64_t matrices_;
  std::vector<float> numbers_;
};

/// Reads a head's numbers of position `t` from node `node`, rotated and scaled.
template <class T>
LEAKPROBE_INLINE void read_rotated(const AttentionSizes& sizes, const HeadView<const T>& view,
                                   int64_t node, int64_t head, int64_t t, float scale, float* line,
                                   int64_t width) {
  read_row(view.at(node, head), line, sizes.head_size);
  const int64_t half = sizes.rotated / 2;
  rotate(line, sizes.cosines + t * half, sizes.sines + t * half, sizes.rotated, 1.0f);
  if (scale != 1.0f) {
    for (int64_t i = 0; i < width; ++i) line[i] *= scale;
  }
}

/// Makes `line` column `column` of a transposed matrix.
LEAKPROBE_INLINE void write_column(const float* line, int64_t head_size, float* to, int64_t span,
                                   int64_t column) {
  for (int64_t c = 0; c < head_size; ++c) to[c * span + column] = line[c];
}

// Of a row, positions from `first` on ask; those before did in an earlier row.

/// products[i][j] = sum over c of left[i][c] right_transposed[c][j], for the blocks with j <= i.
LEAKPROBE_INLINE void causal_products(const float* left, const float* right_transposed,
                                      int64_t first, int64_t tokens, int64_t head_size,
                                      int64_t width, int64_t span, float* products) {
  for (int64_t i = first; i < tokens; ++i) {
    for (int64_t j = 0; j <= i; j += kLanes) {
      FloatLanes even = {};
      FloatLanes odd = {};
      int64_t c = 0;
      for (; c + 2 <= head_size; c += 2) {
        FloatLanes one;
        FloatLanes next;
        load(right_transposed + c * span + j, one);
        load(right_transposed + (c + 1) * span + j, next);
        even += one * left[i * width + c];
        odd += next * left[i * width + c + 1];
      }
      for (; c < head_size; ++c) {
        FloatLanes last;
        load(right_transposed + c * span + j, last);
        even += last * left[i * width + c];
      }
      store(products + i * span + j, even + odd);
    }
  }
}

/// Softmax over j <= i in place; the rest of the last block becomes 0.
LEAKPROBE_INLINE void causal_softmax(float* scores, int64_t first, int64_t tokens, int64_t span) {
  for (int64_t i = first; i < tokens; ++i) {
    float* line = scores + i * span;
    const int64_t end = rounded_up(i + 1);
    for (int64_t j = i + 1; j < end; ++j) line[j] = -std::numeric_limits<float>::infinity();
    FloatLanes largest;
    load(line, largest);
    for (int64_t j = kLanes; j < end; j += kLanes) {
      FloatLanes lanes;
      load(line + j, lanes);
      largest = lanes > largest ? lanes : largest;
    }
    const float maximum = max_of(largest);
    FloatLanes total = {};
    for (int64_t j = 0; j < end; j += kLanes) {
      FloatLanes lanes;
      load(line + j, lanes);
      lanes -= maximum;
      exponential(lanes);
      total += lanes;
      store(line + j, lanes);
    }
    const float scale = 1.0f / sum_of(total);
    for (int64_t j = 0; j < end; ++j) line[j] *= scale;
  }
}

/// result[i] = sum over j <= i of weights[i][j] lines[j], or added to what is there.
LEAKPROBE_INLINE void weighted_sums(const float* weights, const float* lines, int64_t first,
                                    int64_t tokens, int64_t width, int64_t span, float* result) {
  for (int64_t i = first; i < tokens; ++i) {
    for (int64_t c = 0; c < width; c += kLanes) {
      FloatLanes total = {};
      for (int64_t j = 0; j <= i; ++j) {
        FloatLanes lanes;
        load(lines + j * width + c, lanes);
        total += lanes * weights[i * span + j];
      }
      store(result + i * width + c, total);
    }
  }
}

/// result[j] += sum over i >= j of weights[i][j] lines[i].
LEAKPROBE_INLINE void add_transposed_sums(const float* weights, const float* lines, int64_t first,
                                          int64_t tokens, int64_t width, int64_t span,
                                          float* result) {
  for (int64_t j = 0; j < tokens; ++j) {
    for (int64_t c = 0; c < width; c += kLanes) {
      FloatLanes total;
      load(result + j * width + c, total);
      for (int64_t i = std::max(first, j); i < tokens; ++i) {
        FloatLanes lanes;
        load(lines + i * width + c, lanes);
        total += lanes * weights[i * span + j];
      }
      store(result + j * width + c, total);
    }
  }
}

/// The rows of the group that unit `unit` = (group, key-value head) works on.
struct GroupRows {
  GroupRows(const AttentionSizes& sizes, int64_t unit)
      : begin(sizes.rows + unit / sizes.key_value_heads * sizes.group),
        end(std::min(begin + sizes.group, sizes.rows + sizes.row_count)) {}
  const RowPath* begin;
  const RowPath* end;
};

template <class T>
LEAKPROBE_INLINE void forward_units(const AttentionSizes& sizes, const HeadView<const T>& query,
                                    const HeadView<const T>& key, const HeadView<const T>& value,
                                    const HeadView<T>& result, int64_t begin, int64_t end,
                                    Scratch& scratch) {
  const int64_t width = scratch.width();
  const int64_t span = scratch.span();
  float* const queries = scratch.matrix(0);
  float* const keys_transposed = scratch.matrix(1);
  float* const values = scratch.matrix(2);
  float* const line = scratch.matrix(3);
  float* const weights = scratch.square(0);
  const int64_t group = sizes.heads / sizes.key_value_heads;
  const float scale = 1.0f / std::sqrt(static_cast<float>(sizes.head_size));
  for (int64_t unit = begin; unit < end; ++unit) {
    const int64_t shared = unit % sizes.key_value_heads;
    const GroupRows rows(sizes, unit);
    for (const RowPath* row = rows.begin; row < rows.end; ++row) {
      const int64_t first = row->first;
      const int64_t tokens = row->length;
      for (int64_t t = first; t < tokens; ++t) {
        const int64_t node = row->node + t - first;
        read_rotated(sizes, key, node, shared, t, 1.0f, line, width);
        write_column(line, sizes.head_size, keys_transposed, span, t);
        read_row(value.at(node, shared), values + t * width, sizes.head_size);
      }
      for (int64_t head = shared * group; head < (shared + 1) * group; ++head) {
        for (int64_t t = first; t < tokens; ++t) {
          read_rotated(sizes, query, row->node + t - first, head, t, scale, queries + t * width,
                       width);
        }
        causal_products(queries, keys_transposed, first, tokens, sizes.head_size, width, span,
                        weights);
        causal_softmax(weights, first, tokens, span);
        weighted_sums(weights, values, first, tokens, width, span, queries);
        for (int64_t t = first; t < tokens; ++t) {
          write_row(queries + t * width, result.at(row->node + t - first, head), sizes.head_size);
        }
      }
    }
  }
}

/// The softmax's derivative in place of `gradients`: dS = P (dP - sum(P dP)).
LEAKPROBE_INLINE void softmax_gradients(const float* weights, int64_t first, int64_t tokens,
                                        int64_t span, float* gradients) {
  for (int64_t i = first; i < tokens; ++i) {
    const int64_t last = rounded_up(i + 1);
    FloatLanes inner = {};
    for (int64_t j = 0; j < last; j += kLanes) {
      FloatLanes weight;
      FloatLanes gradient;
      load(weights + i * span + j, weight);
      load(gradients + i * span + j, gradient);
      inner += weight * gradient;
    }
    const float mean = sum_of(inner);
    for (int64_t j = 0; j < last; j += kLanes) {
      FloatLanes weight;
      FloatLanes gradient;
      load(weights + i * span + j, weight);
      load(gradients + i * span + j, gradient);
      store(gradients + i * span + j, weight * (gradient - mean));
    }
  }
}

template <class T>
LEAKPROBE_INLINE void backward_units(const AttentionSizes& sizes, const HeadView<const T>& query,
                                     const HeadView<const T>& key, const HeadView<const T>& value,
                                     const HeadView<const T>& result_gradient,
                                     const HeadView<T>& query_gradient,
                                     const HeadView<T>& key_gradient,
                                     const HeadView<T>& value_gradient, int64_t begin, int64_t end,
                                     Scratch& scratch) {
  const int64_t width = scratch.width();
  const int64_t span = scratch.span();
  float* const queries = scratch.matrix(0);
  float* const keys = scratch.matrix(1);
  float* const keys_transposed = scratch.matrix(2);
  float* const values_transposed = scratch.matrix(3);
  float* const outer = scratch.matrix(4);
  float* const key_sums = scratch.matrix(5);
  float* const value_sums = scratch.matrix(6);
  float* const weights = scratch.square(0);
  float* const gradients = scratch.square(1);
  std::vector<int64_t> path(static_cast<size_t>(sizes.longest));
  const int64_t group = sizes.heads / sizes.key_value_heads;
  const int64_t half = sizes.rotated / 2;
  const float scale = 1.0f / std::sqrt(static_cast<float>(sizes.head_size));
  const auto turn_back = [&](float* line, int64_t t) {
    rotate(line, sizes.cosines + t * half, sizes.sines + t * half, sizes.rotated, -1.0f);
  };
  for (int64_t unit = begin; unit < end; ++unit) {
    const int64_t shared = unit % sizes.key_value_heads;
    const GroupRows rows(sizes, unit);
    for (const RowPath* row = rows.begin; row < rows.end; ++row) {
      const int64_t first = row->first;
      const int64_t tokens = row->length;
      for (int64_t t = first; t < tokens; ++t) {
        const int64_t node = row->node + t - first;
        float* const line = keys + t * width;
        path[static_cast<size_t>(t)] = node;
        read_row(value.at(node, shared), line, sizes.head_size);
        write_column(line, sizes.head_size, values_transposed, span, t);
        read_rotated(sizes, key, node, shared, t, 1.0f, line, width);
        write_column(line, sizes.head_size, keys_transposed, span, t);
        std::memset(key_sums + t * width, 0, sizeof(float) * static_cast<size_t>(width));
        std::memset(value_sums + t * width, 0, sizeof(float) * static_cast<size_t>(width));
      }
      for (int64_t head = shared * group; head < (shared + 1) * group; ++head) {
        for (int64_t t = first; t < tokens; ++t) {
          const int64_t node = row->node + t - first;
          read_rotated(sizes, query, node, head, t, scale, queries + t * width, width);
          read_row(result_gradient.at(node, head), outer + t * width, sizes.head_size);
        }
        causal_products(queries, keys_transposed, first, tokens, sizes.head_size, width, span,
                        weights);
        causal_softmax(weights, first, tokens, span);
        add_transposed_sums(weights, outer, first, tokens, width, span, value_sums);
        causal_products(outer, values_transposed, first, tokens, sizes.head_size, width, span,
                        gradients);
        softmax_gradients(weights, first, tokens, span, gradients);
        add_transposed_sums(gradients, queries, first, tokens, width, span, key_sums);
        weighted_sums(gradients, keys, first, tokens, width, span, outer);
        for (int64_t t = first; t < tokens; ++t) {
          float* const line = outer + t * width;
          for (int64_t i = 0; i < width; ++i) line[i] *= scale;
          turn_back(line, t);
          write_row(line, query_gradient.at(row->node + t - first, head), sizes.head_size);
        }
      }
      // What the next row does not share has got all of its gradient.
      for (int64_t t = row + 1 < rows.end ? row[1].first : 0; t < tokens; ++t) {
        const int64_t node = path[static_cast<size_t>(t)];
        turn_back(key_sums + t * width, t);
        write_row(key_sums + t * width, key_gradient.at(node, shared), sizes.head_size);
        write_row(value_sums + t * width, value_gradient.at(node, shared), sizes.head_size);
      }
    }
  }
}

// One plain function a type: a clone cannot be made of a template.
LEAKPROBE_SIMD void forward_range(const AttentionSizes& sizes, const HeadView<const float>& query,
                                  const HeadView<const float>& key,
                                  const HeadView<const float>& value, const HeadView<float>& result,
                                  int64_t begin, int64_t end, Scratch& scratch) {
  forward_units(sizes, query, key, value, result, begin, end, scratch);
}
LEAKPROBE_SIMD void forward_range(const AttentionSizes& sizes, const HeadView<const Brain>& query,
                                  const HeadView<const Brain>& key,
                                  const HeadView<const Brain>& value, const HeadView<Brain>& result,
                                  int64_t begin, int64_t end, Scratch& scratch) {
  forward_units(sizes, query, key, value, result, begin, end, scratch);
}
LEAKPROBE_SIMD void backward_range(const AttentionSizes& sizes, const HeadView<const float>& query,
                                   const HeadView<const float>& key,
                                   const HeadView<const float>& value,
                                   const HeadView<const float>& result_gradient,
                                   const HeadView<float>& query_gradient,
                                   const HeadView<float>& key_gradient,
                                   const HeadView<float>& value_gradient, int64_t begin,
                                   int64_t end, Scratch& scratch) {
  backward_units(sizes, query, key, value, result_gradient, query_gradient, key_gradient,
                 value_gradient, begin, end, scratch);
}
LEAKPROBE_SIMD void backward_range(const AttentionSizes& sizes, const HeadView<const Brain>& query,
                                   const HeadView<const Brain>& key,
                                   const HeadView<const Brain>& value,
                                   const HeadView<const Brain>& result_gradient,
                                   const HeadView<Brain>& query_gradient,
                                   const HeadView<Brain>& key_gradient,
                                   const HeadView<Brain>& value_gradient, int64_t begin,
                                   int64_t end, Scratch& scratch) {
  backward_units(sizes, query, key, value, result_gradient, query_gradient, key_gradient,
                 value_gradient, begin, end, scratch);
}

int64_t units_of(const AttentionSizes& sizes) {
  return (sizes.row_count + sizes.group - 1) / sizes.group * sizes.key_value_heads;
}

/// Units that are worth waking a thread for.
int64_t grain_of(const AttentionSizes& sizes) {
  const int64_t work = std::min(sizes.group, sizes.row_count) * sizes.longest * sizes.longest *
                       sizes.head_size * sizes.heads / sizes.key_value_heads;
  return std::max<int64_t>(1, 200'000 / std::max<int64_t>(work, 1));
}

}  // namespace

template <class T>
void attention_forward(const AttentionSizes& sizes, const HeadView<const T>& query,
                       const HeadView<const T>& key, const HeadView<const T>& value,
                       const HeadView<T>& result) {
  parallel_for(units_of(sizes), grain_of(sizes), [&](int64_t begin, int64_t end) {
    Scratch scratch(sizes.longest, sizes.head_size, 4, 1);
    forward_range(sizes, query, key, value, result, begin, end, scratch);
  });
}

template <class T>
void attention_backward(const AttentionSizes& sizes, const HeadView<const T>& query,
                        const HeadView<const T>& key, const HeadView<const T>& value,
                        const HeadView<const T>& result_gradient, const HeadView<T>& query_gradient,
                        const HeadView<T>& key_gradient, const HeadView<T>& value_gradient) {
  parallel_for(units_of(sizes), grain_of(sizes), [&](int64_t begin, int64_t end) {
    Scratch scratch(sizes.longest, sizes.head_size, 7, 2);
    backward_range(sizes, query, key, value, result_gradient, query_gradient, key_gradient,
                   value_gradient, begin, end, scratch);
  });
}

template void attention_forward(const AttentionSizes&, const HeadView<const float>&,
                                const HeadView<const float>&, const HeadView<const float>&,
                                const HeadView<float>&);
template void attention_forward(const AttentionSizes&, const HeadView<const Brain>&,
                                const HeadView<const Brain>&, const HeadView<const Brain>&,
                                const HeadView<Brain>&);
template void attention_backward(const AttentionSizes&, const HeadView<const float>&,
                                 const HeadView<const float>&, const HeadView<const float>&,
                                 const HeadView<const float>&, const HeadView<float>&,
                                 const HeadView<float>&, const HeadView<float>&);
template void attention_backward(const AttentionSizes&, const HeadView<const Brain>&,
                                 const HeadView<const Brain>&, const HeadView<const Brain>&,
                                 const HeadView<const Brain>&, const HeadView<Brain>&,
                                 const HeadView<Brain>&, const HeadView<Brain>&);

}  // namespace leakprobe
