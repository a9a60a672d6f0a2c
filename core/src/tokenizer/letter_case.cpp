#include "tokenizer/letter_case.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "tokenizer/unicode_tables.h"

namespace leakprobe {
namespace {

using unicode_tables::Numbers;

struct Cases {
  std::unordered_map<char32_t, char32_t> least;                ///< where it is another one
  std::unordered_map<char32_t, std::vector<char32_t>> others;  ///< by the least
  std::map<char32_t, std::u32string> foldings;                 ///< in their least characters

  char32_t least_of(char32_t character) const {
    const auto found = least.find(character);
    return found == least.end() ? character : found->second;
  }
};

Cases read_cases() {
  Cases cases;
  for (Numbers numbers(unicode_tables::kCaseRuns); !numbers.at_end();) {
    char32_t character = numbers.next();
    const std::uint32_t count = numbers.next();
    const std::uint32_t step = numbers.next();
    const std::uint32_t distance = numbers.next();
    for (std::uint32_t i = 0; i < count; ++i, character += step) {
      cases.least.emplace(character, character - distance);
      cases.others[character - distance].push_back(character);
    }
  }
  for (Numbers numbers(unicode_tables::kFoldings); !numbers.at_end();) {
    std::u32string& several = cases.foldings[numbers.next()];
    for (std::uint32_t left = numbers.next(); left > 0; --left) {
      several.push_back(cases.least_of(numbers.next()));
    }
  }
  return cases;
}

const Cases& cases() {
  static const Cases kCases = read_cases();
  return kCases;
}

}  // namespace

CodePoints with_other_cases(const CodePoints& members) {
  CodePoints result = members;
  for (const auto& [least, others] : cases().others) {
    const bool has_one = boost::icl::contains(members, least) ||
                         std::any_of(others.begin(), others.end(), [&](char32_t other) {
                           return boost::icl::contains(members, other);
                         });
    if (!has_one) continue;
    result.add(least);
    for (const char32_t other : others) result.add(other);
  }
  return result;
}

bool folds_to_several(char32_t character) { return cases().foldings.contains(character); }

bool holds_one_that_folds_to_several(const CodePoints& members) {
  return std::any_of(cases().foldings.begin(), cases().foldings.end(), [&](const auto& folding) {
    return boost::icl::contains(members, folding.first);
  });
}

bool ends_in_a_folding(std::u32string_view text) {
  std::u32string folded;
  for (const char32_t character : text) folded.push_back(cases().least_of(character));
  return std::any_of(cases().foldings.begin(), cases().foldings.end(),
                     [&](const auto& folding) { return folded.ends_with(folding.second); });
}

}  // namespace leakprobe
