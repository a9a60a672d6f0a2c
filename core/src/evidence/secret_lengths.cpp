#include "evidence/secret_lengths.h"

#include <xxhash.h>

#include <algorithm>

namespace leakprobe {
namespace {

/// Tokens by which secrets of different lengths are told apart.
constexpr int64_t kBeginning = 8;

}  // namespace

uint64_t hash_of(const std::vector<int64_t>& tokens, int64_t begin, int64_t end) {
  return XXH3_64bits(tokens.data() + begin, static_cast<size_t>(end - begin) * sizeof(int64_t));
}

void SecretLengths::add(const Row& row) {
  const auto [begin, end] = row.secret;
  const int64_t length = end - begin;
  const auto [at, is_first] = known_.try_emplace(row.tokens[static_cast<size_t>(begin)]);
  Alike& alike = at->second;
  if (is_first) alike.length = length;
  if (alike.length == length) return;
  const int64_t beginning = std::min(length, kBeginning);
  std::vector<int64_t>& lengths =
      alike.others[beginning][hash_of(row.tokens, begin, begin + beginning)];
  if (std::ranges::find(lengths, length) == lengths.end()) lengths.push_back(length);
}

}  // namespace leakprobe
