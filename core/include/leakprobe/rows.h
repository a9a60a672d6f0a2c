#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace leakprobe {

/// Tokens [begin, end) of a row.
struct Span {
  int64_t begin = 0;
  int64_t end = 0;
};

/// One sequence of tokens with what is to be learned or measured in it.
struct Row {
  std::vector<int64_t> tokens;
  /// Same length: 1 where the token is predicted from those before it. scored[0] is 0, because
  /// nothing stands before the first token.
  std::vector<uint8_t> scored;
  /// The secret, scored or not, without prefix or carrier text.
  Span secret;
  /// Further values of the row by name: a label, later a reward.
  std::vector<std::pair<std::string, double>> numbers;

  /// A hash of the secret's tokens: the same secret is the same row wherever it appears.
  uint64_t id() const;
};

}  // namespace leakprobe
