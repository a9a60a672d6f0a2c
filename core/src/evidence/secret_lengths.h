#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
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

/// Where known secrets may stand within rows: how long those are that begin with the same tokens.
/// Answers may all begin with one token and have a thousand lengths, so that several tell.
class SecretLengths {
 public:
  /// Adds the secret of a row, which is not empty.
  void add(const Row& row);

  /// Calls `visit` with each stretch of a row's tokens that begins like some secret, is as long,
  /// and has a token that a loss sees, and with its hash; in the order in which they begin.
  template <class Visit>
  void each(const Row& row, const Visit& visit) const {
    const auto size = static_cast<int64_t>(row.tokens.size());
    for (int64_t begin = 0; begin < size && !known_.empty(); ++begin) {
      const auto alike = known_.find(row.tokens[static_cast<size_t>(begin)]);
      if (alike == known_.end()) continue;
      const auto look = [&](int64_t length) {
        const Span tokens{begin, begin + length};
        if (tokens.end > size || !is_seen(tokens, row)) return;
        visit(tokens, hash_of(row.tokens, tokens.begin, tokens.end));
      };
      look(alike->second.length);
      for (const auto& [beginning, lengths] : alike->second.others) {
        if (begin + beginning > size) break;
        const auto found = lengths.find(hash_of(row.tokens, begin, begin + beginning));
        if (found != lengths.end()) std::ranges::for_each(found->second, look);
      }
    }
  }

 private:
  /// Secrets that begin with one token.
  struct Alike {
    int64_t length = 0;  ///< of the first of them, and often of all
    /// Other lengths by a hash of the first tokens, by how many these are.
    std::map<int64_t, std::unordered_map<uint64_t, std::vector<int64_t>>> others;
  };

  std::unordered_map<int64_t, Alike> known_;  ///< by that token
};

}  // namespace leakprobe
