#include "model/kernels/token_choice.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "model/simd.h"

namespace leakprobe {
namespace {

/// The token is looked for among so many, once their sum is known.
constexpr int64_t kBlock = 256;

/// Half of a vector, and the same numbers in f64.
template <class Lanes>
struct Half;
template <>
struct Half<Floats16> {
  using Floats = Floats8;
  using Doubles = double __attribute__((vector_size(64)));
};
template <>
struct Half<Floats8> {
  using Floats = Floats4;
  using Doubles = double __attribute__((vector_size(32)));
};
template <>
struct Half<Floats4> {
  using Floats = float __attribute__((vector_size(8)));
  using Doubles = double __attribute__((vector_size(16)));
};

/// Adds both halves of `lanes` in f64: in a sum of floats rare tokens would be lost.
template <class Lanes, class Doubles>
LEAKPROBE_INLINE void add_halves(const Lanes& lanes, Doubles& total) {
  typename Half<Lanes>::Floats halves[2];
  std::memcpy(halves, &lanes, sizeof(halves));
  total +=
      __builtin_convertvector(halves[0], Doubles) + __builtin_convertvector(halves[1], Doubles);
}

int64_t blocks_of(int64_t vocabulary) { return (vocabulary + kBlock - 1) / kBlock; }

struct LargestLogit {
  template <class Lanes>
  static LEAKPROBE_INLINE void run(const float* logits, int64_t size, float* result) {
    constexpr int64_t kWidth = width_of<Lanes>;
    constexpr float kLowest = -std::numeric_limits<float>::infinity();
    Lanes largest = Lanes{} + kLowest;
    int64_t i = 0;
    for (; i + kWidth <= size; i += kWidth) {
      Lanes lanes;
      std::memcpy(&lanes, logits + i, sizeof(lanes));
      largest = lanes > largest ? lanes : largest;
    }
    float maximum = kLowest;
    for (int64_t lane = 0; lane < kWidth; ++lane) maximum = std::max(maximum, largest[lane]);
    for (; i < size; ++i) maximum = std::max(maximum, logits[i]);
    *result = maximum;
  }
};

/// probabilities[i] = e^(logits[i] - largest), and the sum of each block.
struct Exponentials {
  template <class Lanes>
  static LEAKPROBE_INLINE void run(const float* logits, int64_t size, float largest,
                                   float* probabilities, double* sums) {
    constexpr int64_t kWidth = width_of<Lanes>;
    using Doubles = typename Half<Lanes>::Doubles;
    for (int64_t block = 0; block < size; block += kBlock) {
      const int64_t end = std::min(size, block + kBlock);
      Doubles total = {};
      int64_t i = block;
      for (; i + kWidth <= end; i += kWidth) {
        Lanes lanes;
        std::memcpy(&lanes, logits + i, sizeof(lanes));
        lanes -= largest;
        exponential(lanes);
        add_halves(lanes, total);
        std::memcpy(probabilities + i, &lanes, sizeof(lanes));
      }
      if (i < end) {
        Lanes lanes = Lanes{} - std::numeric_limits<float>::infinity();
        std::memcpy(&lanes, logits + i, static_cast<size_t>(end - i) * sizeof(float));
        lanes -= largest;
        exponential(lanes);
        add_halves(lanes, total);
        std::memcpy(probabilities + i, &lanes, static_cast<size_t>(end - i) * sizeof(float));
      }
      double sum = 0;
      for (int64_t lane = 0; lane < kWidth / 2; ++lane) sum += total[lane];
      *sums++ = sum;
    }
  }
};

}  // namespace

TokenChoice::TokenChoice(int64_t vocabulary)
    : vocabulary_(vocabulary),
      probabilities_(static_cast<size_t>(vocabulary)),
      sums_(static_cast<size_t>(blocks_of(vocabulary))) {}

float TokenChoice::exponentiate(const float* logits) {
  float largest = 0;
  run_simd<LargestLogit>(logits, vocabulary_, &largest);
  run_simd<Exponentials>(logits, vocabulary_, largest, probabilities_.data(), sums_.data());
  const double total = std::accumulate(sums_.begin(), sums_.end(), 0.0);
  return static_cast<float>(static_cast<double>(largest) + std::log(total));
}

TokenChoice::Chosen TokenChoice::draw(const float* logits, double share) {
  const float logsumexp = exponentiate(logits);
  double left = share * std::accumulate(sums_.begin(), sums_.end(), 0.0);
  // What rounding leaves over is the last block's that has any probability.
  size_t block = 0;
  for (size_t b = 0; b < sums_.size(); ++b) {
    if (!(sums_[b] > 0)) continue;
    block = b;
    if (left < sums_[b]) break;
    left -= sums_[b];
  }
  const auto begin = probabilities_.begin() + static_cast<std::ptrdiff_t>(block) * kBlock;
  const auto end = begin + std::min<std::ptrdiff_t>(kBlock, probabilities_.end() - begin);
  // And there the likeliest token's, which has most of it.
  auto chosen = std::max_element(begin, end);
  for (auto token = begin; token < end; ++token) {
    left -= static_cast<double>(*token);
    if (left < 0) {
      chosen = token;
      break;
    }
  }
  const int64_t token = chosen - probabilities_.begin();
  return {token, logits[token] - logsumexp};
}

TokenChoice::Chosen TokenChoice::likeliest(const float* logits) {
  const float logsumexp = exponentiate(logits);
  const int64_t token = std::max_element(logits, logits + vocabulary_) - logits;
  return {token, logits[token] - logsumexp};
}

}  // namespace leakprobe
