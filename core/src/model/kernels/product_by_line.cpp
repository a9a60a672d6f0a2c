#include "model/kernels/product_by_line.h"

#include <algorithm>
#include <cstring>

#include "model/parallel.h"
#include "model/simd.h"

namespace leakprobe {
namespace {

/// Multiplications worth a thread.
constexpr int64_t kLeastWork = 1 << 19;

/// Floats that are fetched from memory together.
constexpr int64_t kCacheLine = 16;

/// Registers that hold sums: enough that none is waited for, few enough that the rows of the weight
/// that are read at once fit into the ways of a core's first cache, where their distance is a power
/// of two.
template <class Lanes>
constexpr int64_t kSums = sizeof(Lanes) == 64 ? 8 : 12;

template <class Lanes>
constexpr int64_t kParts = kPanelLines / width_of<Lanes>;

/// Outputs `first` to `first + outputs` of one panel.
template <class Lanes, int64_t outputs>
LEAKPROBE_INLINE void multiply_panel(const LineProduct& product, int64_t panel, int64_t first) {
  const float* x = product.panels + panel * kPanelLines * product.in;
  const float* weight = product.weight + first * product.in;
  Lanes sums[outputs][kParts<Lanes>] = {};
  for (int64_t block = 0; block < product.in; block += kCacheLine) {
    // Rows are too short for a processor to foresee the ones that come next.
    for (int64_t o = 0; o < outputs; ++o) {
      __builtin_prefetch(weight + (outputs + o) * product.in + block);
    }
    const int64_t end = std::min(product.in, block + kCacheLine);
    for (int64_t i = block; i < end; ++i) {
      Lanes numbers[kParts<Lanes>];
#pragma GCC unroll 4
      for (int64_t p = 0; p < kParts<Lanes>; ++p) {
        std::memcpy(&numbers[p], x + i * kPanelLines + p * width_of<Lanes>, sizeof(Lanes));
      }
#pragma GCC unroll 8
      for (int64_t o = 0; o < outputs; ++o) {
#pragma GCC unroll 4
        for (int64_t p = 0; p < kParts<Lanes>; ++p) {
          sums[o][p] += numbers[p] * weight[o * product.in + i];
        }
      }
    }
  }
  float found[outputs][kPanelLines];
#pragma GCC unroll 8
  for (int64_t o = 0; o < outputs; ++o) {
    const float bias = product.bias != nullptr ? product.bias[first + o] : 0.0f;
#pragma GCC unroll 4
    for (int64_t p = 0; p < kParts<Lanes>; ++p) {
      const Lanes sum = sums[o][p] + bias;
      std::memcpy(found[o] + p * width_of<Lanes>, &sum, sizeof(Lanes));
    }
  }
  const int64_t begin = panel * kPanelLines;
  const int64_t lines = std::min(kPanelLines, product.lines - begin);
  for (int64_t line = 0; line < lines; ++line) {
    float* to = product.result + (begin + line) * product.out + first;
    for (int64_t o = 0; o < outputs; ++o) to[o] = found[o][line];
  }
}

/// The same of `left` outputs, fewer than one time.
template <class Lanes, int64_t outputs>
LEAKPROBE_INLINE void multiply_last(const LineProduct& product, int64_t panel, int64_t first,
                                    int64_t left) {
  if constexpr (outputs > 0) {
    if (left == outputs) {
      multiply_panel<Lanes, outputs>(product, panel, first);
    } else {
      multiply_last<Lanes, outputs - 1>(product, panel, first, left);
    }
  }
}

struct MultiplyOutputs {
  template <class Lanes>
  static LEAKPROBE_INLINE void run(const LineProduct* product, int64_t begin, int64_t end) {
    constexpr int64_t kOutputs = kSums<Lanes> / kParts<Lanes>;
    const int64_t panels = (product->lines + kPanelLines - 1) / kPanelLines;
    for (int64_t first = begin; first < end; first += kOutputs) {
      const int64_t left = end - first;
      // Each row of the weight is fetched from memory once, for all panels.
      for (int64_t panel = 0; panel < panels; ++panel) {
        if (left >= kOutputs) {
          multiply_panel<Lanes, kOutputs>(*product, panel, first);
        } else {
          multiply_last<Lanes, kOutputs - 1>(*product, panel, first, left);
        }
      }
    }
  }
};

}  // namespace

void pack_panels(int64_t lines, int64_t in, const float* x, float* panels) {
  // In blocks that fit into a core's cache both ways.
  constexpr int64_t kBlock = 64;
  for (int64_t begin = 0; begin < lines; begin += kPanelLines) {
    float* panel = panels + begin * in;
    const int64_t own = std::min(kPanelLines, lines - begin);
    if (own < kPanelLines) std::fill_n(panel, kPanelLines * in, 0.0f);
    for (int64_t block = 0; block < in; block += kBlock) {
      const int64_t end = std::min(in, block + kBlock);
      for (int64_t line = 0; line < own; ++line) {
        const float* from = x + (begin + line) * in;
        for (int64_t i = block; i < end; ++i) panel[i * kPanelLines + line] = from[i];
      }
    }
  }
}

void product_by_line(const LineProduct& product) {
  const int64_t work = std::max<int64_t>(panels_size(product.lines, product.in), 1);
  const int64_t grain = std::max<int64_t>(1, kLeastWork / work);
  parallel_for(product.out, grain, [&](int64_t begin, int64_t end) {
    run_simd<MultiplyOutputs>(&product, begin, end);
  });
}

}  // namespace leakprobe
