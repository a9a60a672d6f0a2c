#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// The random numbers of one row: a counter-based generator (Philox 4x32-10), so that row i of a
/// stream depends on (seed, stream name, i) and on nothing else.
class Random {
 public:
  Random(uint64_t key, uint64_t row) : key_(key), row_(row) {}
  uint32_t next();
  /// Uniform in [0, 1), 24 bits.
  double uniform();
  /// Uniform in [0, bound), without modulo bias. bound > 0.
  uint64_t below(uint64_t bound);

 private:
  uint64_t key_;
  uint64_t row_;
  uint64_t block_ = 0;
  int used_ = 4;
  std::array<uint32_t, 4> words_{};
};

/// A named stream of random numbers derived from the experiment's seed.
/// Names in use: set/<set>, fresh/<stream>, order/<phase>/<term>, control, init/<parameter>.
class RandomStream {
 public:
  RandomStream(uint64_t seed, std::string_view name);
  Random at(uint64_t row) const { return Random(key_, row); }

  /// A random order of 0..size-1 (Fisher-Yates).
  std::vector<int64_t> permutation(int64_t size) const;

  /// Fills a contiguous f32 CPU tensor with independent normal values (Box-Muller).
  void fill_normal(torch::Tensor& tensor, double mean, double deviation) const;

 private:
  uint64_t key_;
};

}  // namespace leakprobe
