#include "leakprobe/random.h"

#include <ATen/Parallel.h>
#include <ATen/core/PhiloxRNGEngine.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "leakprobe/error.h"

namespace leakprobe {

uint32_t Random::next() {
  if (used_ == 4) {
    at::Philox4_32 engine(key_, row_, block_++);
    for (uint32_t& word : words_) word = engine();
    used_ = 0;
  }
  return words_[static_cast<size_t>(used_++)];
}

double Random::uniform() { return (next() >> 8) * 0x1p-24; }

// Lemire, "Fast random integer generation in an interval" (2019), with 64-bit words.
uint64_t Random::below(uint64_t bound) {
  LEAKPROBE_CHECK(bound > 0, "a random number below 0");
  const auto draw = [this] {
    const uint64_t high = next();
    return high << 32 | next();
  };
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide{draw()} * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t biased = (0 - bound) % bound;
    while (static_cast<uint64_t>(product) < biased) product = Wide{draw()} * bound;
  }
  return static_cast<uint64_t>(product >> 64);
}

RandomStream::RandomStream(uint64_t seed, std::string_view name)
    : key_(XXH3_64bits_withSeed(name.data(), name.size(), seed)) {}

std::vector<int64_t> RandomStream::permutation(int64_t size) const {
  LEAKPROBE_CHECK(size >= 0, "a permutation of a negative number of items");
  std::vector<int64_t> order(static_cast<size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  Random random = at(0);
  for (size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.below(left)]);
  }
  return order;
}

void RandomStream::fill_normal(torch::Tensor& tensor, double mean, double deviation) const {
  LEAKPROBE_CHECK(
      tensor.is_contiguous() && tensor.scalar_type() == torch::kFloat32 && tensor.device().is_cpu(),
      "fill_normal needs a contiguous f32 tensor on the CPU");
  // Each stretch of the tensor has a row of its own, so that the values do not depend on threads.
  constexpr int64_t kStretch = 1024;
  float* values = tensor.data_ptr<float>();
  const int64_t size = tensor.numel();
  const int64_t stretches = (size + kStretch - 1) / kStretch;
  at::parallel_for(0, stretches, 16, [&](int64_t first, int64_t last) {
    for (int64_t stretch = first; stretch < last; ++stretch) {
      Random random = at(static_cast<uint64_t>(stretch));
      const int64_t end = std::min(size, (stretch + 1) * kStretch);
      for (int64_t i = stretch * kStretch; i < end; i += 2) {
        const double radius = std::sqrt(-2.0 * std::log((random.next() + 1.0) * 0x1p-32));
        const double angle = 2.0 * std::numbers::pi * (random.next() * 0x1p-32);
        values[i] = static_cast<float>(mean + deviation * radius * std::cos(angle));
        if (i + 1 < end) {
          values[i + 1] = static_cast<float>(mean + deviation * radius * std::sin(angle));
        }
      }
    }
  });
}

}  // namespace leakprobe
