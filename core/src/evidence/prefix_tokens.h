#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "leakprobe/rows.h"

namespace leakprobe {

/// With which tokens rows begin behind which prefix.
class PrefixTokens {
 public:
  /// Of prefixes; the strings are those that were learned.
  using Names = std::vector<const std::string*>;

  /// The first `length` tokens of a row behind `prefix`, which outlives the object, are its.
  void learn(const Row& row, int64_t length, const std::string& prefix);

  /// The prefixes of the most tokens with which `tokens` begin before `end`: several where these
  /// are the same tokens, nullptr where there is none.
  const Names* before(const std::vector<int64_t>& tokens, int64_t end) const;

  /// Whether, behind all that rows behind some of `prefixes` begin with, `others` know one of
  /// `theirs`.
  bool are_covered_by(const std::vector<std::string>& prefixes, const PrefixTokens& others,
                      const std::vector<std::string>& theirs) const;

 private:
  /// By how many tokens they are, the most first, and a hash of these.
  std::map<int64_t, std::unordered_map<uint64_t, Names>, std::greater<>> known_;
};

/// The first of `prefixes` that is among `names`; nullptr where there is none.
const std::string* first_among(const std::vector<std::string>& prefixes,
                               const PrefixTokens::Names& names);

}  // namespace leakprobe
