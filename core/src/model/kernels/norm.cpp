#include "model/kernels/norm.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/parallel.h"

namespace leakprobe {
namespace {

LEAKPROBE_INLINE float sum_of_row(const float* x, int64_t width) {
  FloatLanes total = {};
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    FloatLanes lanes;
    load(x + i, lanes);
    total += lanes;
  }
  float sum = sum_of(total);
  for (; i < width; ++i) sum += x[i];
  return sum;
}

LEAKPROBE_INLINE float squares_of_row(const float* x, int64_t width, float mean) {
  FloatLanes total = {};
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    FloatLanes lanes;
    load(x + i, lanes);
    lanes -= mean;
    total += lanes * lanes;
  }
  float sum = sum_of(total);
  for (; i < width; ++i) sum += (x[i] - mean) * (x[i] - mean);
  return sum;
}

template <class T>
LEAKPROBE_INLINE void forward_rows(const NormSizes& sizes, const float* x, const float* weight,
                                   const float* bias, T* y, float* means, float* rstds,
                                   int64_t begin, int64_t end) {
  const int64_t width = sizes.width;
  for (int64_t row = begin; row < end; ++row) {
    const float* line = x + row * width;
    T* result = y + row * width;
    const float mean = sizes.centred ? sum_of_row(line, width) / static_cast<float>(width) : 0.0f;
    const float variance = squares_of_row(line, width, mean) / static_cast<float>(width);
    const float rstd = 1.0f / std::sqrt(variance + sizes.epsilon);
    if (sizes.centred) means[row] = mean;
    rstds[row] = rstd;
    int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      FloatLanes lanes;
      FloatLanes scale;
      load(line + i, lanes);
      load(weight + i, scale);
      lanes = (lanes - mean) * rstd * scale;
      if (bias != nullptr) {
        FloatLanes shift;
        load(bias + i, shift);
        lanes += shift;
      }
      store(result + i, lanes);
    }
    for (; i < width; ++i) {
      const float normal = (line[i] - mean) * rstd * weight[i];
      from_float(bias != nullptr ? normal + bias[i] : normal, result[i]);
    }
  }
}

/// Rows [begin, end); adds to the weight's and bias's gradients.
template <class T>
LEAKPROBE_INLINE void backward_rows(const NormSizes& sizes, const float* x, const float* weight,
                                    const float* means, const float* rstds, const T* y_gradient,
                                    float* x_gradient, float* weight_gradient, float* bias_gradient,
                                    int64_t begin, int64_t end) {
  const int64_t width = sizes.width;
  for (int64_t row = begin; row < end; ++row) {
    const float* line = x + row * width;
    const T* gradient = y_gradient + row * width;
    const float mean = sizes.centred ? means[row] : 0.0f;
    const float rstd = rstds[row];
    FloatLanes gradients = {};
    FloatLanes products = {};
    float gradient_sum = 0.0f;
    float product_sum = 0.0f;
    int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      FloatLanes normal;
      FloatLanes outer;
      FloatLanes scale;
      load(line + i, normal);
      load(gradient + i, outer);
      load(weight + i, scale);
      normal = (normal - mean) * rstd;
      if (weight_gradient != nullptr) {
        FloatLanes sum;
        load(weight_gradient + i, sum);
        store(weight_gradient + i, sum + outer * normal);
      }
      if (bias_gradient != nullptr) {
        FloatLanes sum;
        load(bias_gradient + i, sum);
        store(bias_gradient + i, sum + outer);
      }
      outer *= scale;
      gradients += outer;
      products += outer * normal;
    }
    for (; i < width; ++i) {
      const float normal = (line[i] - mean) * rstd;
      const float outer = to_float(gradient[i]);
      if (weight_gradient != nullptr) weight_gradient[i] += outer * normal;
      if (bias_gradient != nullptr) bias_gradient[i] += outer;
      gradient_sum += outer * weight[i];
      product_sum += outer * weight[i] * normal;
    }
    if (x_gradient == nullptr) continue;
    const float size = static_cast<float>(width);
    const float gradient_mean = sizes.centred ? (gradient_sum + sum_of(gradients)) / size : 0.0f;
    const float product_mean = (product_sum + sum_of(products)) / size;
    float* result = x_gradient + row * width;
    i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      FloatLanes normal;
      FloatLanes outer;
      FloatLanes scale;
      load(line + i, normal);
      load(gradient + i, outer);
      load(weight + i, scale);
      normal = (normal - mean) * rstd;
      store(result + i, (outer * scale - gradient_mean - normal * product_mean) * rstd);
    }
    for (; i < width; ++i) {
      const float normal = (line[i] - mean) * rstd;
      result[i] =
          (to_float(gradient[i]) * weight[i] - gradient_mean - normal * product_mean) * rstd;
    }
  }
}

LEAKPROBE_SIMD void forward_range(const NormSizes& sizes, const float* x, const float* weight,
                                  const float* bias, float* y, float* means, float* rstds,
                                  int64_t begin, int64_t end) {
  forward_rows(sizes, x, weight, bias, y, means, rstds, begin, end);
}
LEAKPROBE_SIMD void forward_range(const NormSizes& sizes, const float* x, const float* weight,
                                  const float* bias, Brain* y, float* means, float* rstds,
                                  int64_t begin, int64_t end) {
  forward_rows(sizes, x, weight, bias, y, means, rstds, begin, end);
}
LEAKPROBE_SIMD void backward_range(const NormSizes& sizes, const float* x, const float* weight,
                                   const float* means, const float* rstds, const float* y_gradient,
                                   float* x_gradient, float* weight_gradient, float* bias_gradient,
                                   int64_t begin, int64_t end) {
  backward_rows(sizes, x, weight, means, rstds, y_gradient, x_gradient, weight_gradient,
                bias_gradient, begin, end);
}
LEAKPROBE_SIMD void backward_range(const NormSizes& sizes, const float* x, const float* weight,
                                   const float* means, const float* rstds, const Brain* y_gradient,
                                   float* x_gradient, float* weight_gradient, float* bias_gradient,
                                   int64_t begin, int64_t end) {
  backward_rows(sizes, x, weight, means, rstds, y_gradient, x_gradient, weight_gradient,
                bias_gradient, begin, end);
}

int64_t grain_of(const NormSizes& sizes) {
  return std::max<int64_t>(1, 32'768 / std::max<int64_t>(sizes.width, 1));
}

}  // namespace

template <class T>
void norm_forward(const NormSizes& sizes, const float* x, const float* weight, const float* bias,
                  T* y, float* means, float* rstds) {
  parallel_for(sizes.rows, grain_of(sizes), [&](int64_t begin, int64_t end) {
    forward_range(sizes, x, weight, bias, y, means, rstds, begin, end);
  });
}

template <class T>
void norm_backward(const NormSizes& sizes, const float* x, const float* weight, const float* means,
                   const float* rstds, const T* y_gradient, float* x_gradient,
                   float* weight_gradient, float* bias_gradient) {
  // Sums over rows are taken in blocks whose number depends on the sizes alone.
  constexpr int64_t kMostBlocks = 64;
  const int64_t block = std::max(grain_of(sizes), (sizes.rows + kMostBlocks - 1) / kMostBlocks);
  const int64_t blocks = (sizes.rows + block - 1) / block;
  const int64_t sums = blocks * sizes.width;
  std::vector<float> weight_sums(static_cast<size_t>(weight_gradient != nullptr ? sums : 0), 0.0f);
  std::vector<float> bias_sums(static_cast<size_t>(bias_gradient != nullptr ? sums : 0), 0.0f);
  parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      backward_range(sizes, x, weight, means, rstds, y_gradient, x_gradient,
                     weight_gradient != nullptr ? weight_sums.data() + i * sizes.width : nullptr,
                     bias_gradient != nullptr ? bias_sums.data() + i * sizes.width : nullptr,
                     i * block, std::min(sizes.rows, (i + 1) * block));
    }
  });
  const auto add_up = [&](const std::vector<float>& parts, float* total) {
    if (total == nullptr) return;
    std::fill(total, total + sizes.width, 0.0f);
    for (int64_t i = 0; i < blocks; ++i) {
      for (int64_t c = 0; c < sizes.width; ++c) {
        total[c] += parts[static_cast<size_t>(i * sizes.width + c)];
      }
    }
  };
  add_up(weight_sums, weight_gradient);
  add_up(bias_sums, bias_gradient);
}

template void norm_forward(const NormSizes&, const float*, const float*, const float*, float*,
                           float*, float*);
template void norm_forward(const NormSizes&, const float*, const float*, const float*, Brain*,
                           float*, float*);
template void norm_backward(const NormSizes&, const float*, const float*, const float*,
                            const float*, const float*, float*, float*, float*);
template void norm_backward(const NormSizes&, const float*, const float*, const float*,
                            const float*, const Brain*, float*, float*, float*);

}  // namespace leakprobe
