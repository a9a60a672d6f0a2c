#include "evidence/prefix_tokens.h"

#include <algorithm>

#include "evidence/secret_lengths.h"

namespace leakprobe {

const std::string* first_among(const std::vector<std::string>& prefixes,
                               const PrefixTokens::Names& names) {
  const auto found = std::ranges::find_if(prefixes, [&](const std::string& prefix) {
    return std::ranges::any_of(names, [&](const std::string* name) { return *name == prefix; });
  });
  return found == prefixes.end() ? nullptr : &*found;
}

void PrefixTokens::learn(const Row& row, int64_t length, const std::string& prefix) {
  Names& names = known_[length][hash_of(row.tokens, 0, length)];
  if (std::ranges::none_of(names, [&](const std::string* name) { return *name == prefix; })) {
    names.push_back(&prefix);
  }
}

const PrefixTokens::Names* PrefixTokens::before(const std::vector<int64_t>& tokens,
                                                int64_t end) const {
  for (const auto& [length, by_hash] : known_) {
    if (length > end) continue;
    const auto found = by_hash.find(hash_of(tokens, 0, length));
    if (found != by_hash.end()) return &found->second;
  }
  return nullptr;
}

bool PrefixTokens::are_covered_by(const std::vector<std::string>& prefixes,
                                  const PrefixTokens& others,
                                  const std::vector<std::string>& theirs) const {
  return std::ranges::all_of(known_, [&](const auto& of_length) {
    const auto there = others.known_.find(of_length.first);
    return std::ranges::all_of(of_length.second, [&](const auto& beginning) {
      if (first_among(prefixes, beginning.second) == nullptr) return true;
      if (there == others.known_.end()) return false;
      const auto same = there->second.find(beginning.first);
      return same != there->second.end() && first_among(theirs, same->second) != nullptr;
    });
  });
}

}  // namespace leakprobe
