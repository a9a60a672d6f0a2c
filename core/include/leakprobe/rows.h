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

/// The reserved prefix name for rows without a prefix token.
inline constexpr const char* kNoPrefix = "none";

/// Which rows: those of a set of a task behind a prefix.
struct RowsOf {
  std::string set;
  std::string column;  ///< a column of a set that has some, "" where an item is one row
  std::string prefix;  ///< a prefix of the task, or kNoPrefix

  /// The rows without their prefix as a file names them: "train" or "train.rejected".
  std::string name() const { return column.empty() ? set : set + "." + column; }
  friend bool operator==(const RowsOf&, const RowsOf&) = default;
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
