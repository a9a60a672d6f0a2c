#include "evidence/secret_lengths.h"

#include <xxhash.h>

namespace leakprobe {

uint64_t hash_of(const std::vector<int64_t>& tokens, int64_t begin, int64_t end) {
  return XXH3_64bits(tokens.data() + begin, static_cast<size_t>(end - begin) * sizeof(int64_t));
}

void SecretLengths::add(const Row& row) {
  const auto [begin, end] = row.secret;
  std::vector<int64_t>& lengths = lengths_[row.tokens[static_cast<size_t>(begin)]];
  const auto at = std::ranges::lower_bound(lengths, end - begin);
  if (at == lengths.end() || *at != end - begin) lengths.insert(at, end - begin);
}

}  // namespace leakprobe
