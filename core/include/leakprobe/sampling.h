#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace leakprobe {

/// How text is continued.
struct Sampling {
  int64_t tokens = 16;  ///< made at most
  /// Logits are divided by it; 0: always the likeliest token, of several the first.
  double temperature = 1.0;
  /// A row ends with this token, which is part of it.
  std::optional<int64_t> end = std::nullopt;
};

/// What was made behind one prompt.
struct Generated {
  std::vector<int64_t> tokens;
  /// Of each token, in nats, under the distribution that it was drawn from; at temperature 0 the
  /// model's own.
  std::vector<float> log_probs;
};

}  // namespace leakprobe
