#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "leakprobe/rows.h"

namespace leakprobe {

/// A hash of tokens [begin, end): of a secret, its row's id.
uint64_t hash_of(const std::vector<int64_t>& tokens, int64_t begin, int64_t end);

/// Whether a loss sees one of the row's `tokens`.
inline bool is_seen(const Span& tokens, const Row& row) {
  const auto end = row.scored.begin() + tokens.end;
  return std::find(row.scored.begin() + tokens.begin, end, 1) != end;
}

/// Where known secrets may stand within rows: how long those are that begin with a token.
class SecretLengths {
 public:
  /// Adds the secret of a row, which is not empty.
  void add(const Row& row);

  /// Calls `visit` with each stretch of a row's tokens that begins like some secret, is as long,
  /// and has a token that a loss sees, and with its hash.
  template <class Visit>
  void each(const Row& row, const Visit& visit) const {
    const auto size = static_cast<int64_t>(row.tokens.size());
    for (int64_t begin = 0; begin < size && !lengths_.empty(); ++begin) {
      const auto lengths = lengths_.find(row.tokens[static_cast<size_t>(begin)]);
      if (lengths == lengths_.end()) continue;
      for (const int64_t length : lengths->second) {
        const int64_t end = begin + length;
        if (end > size) break;
        if (!is_seen({begin, end}, row)) continue;
        visit(Span{begin, end}, hash_of(row.tokens, begin, end));
      }
    }
  }

 private:
  std::unordered_map<int64_t, std::vector<int64_t>> lengths_;  ///< by first token, ascending
};

}  // namespace leakprobe
