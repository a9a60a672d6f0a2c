#include "tokenizer/added_tokens.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "text/utf8.h"
#include "tokenizer/unicode_classes.h"

namespace leakprobe {
namespace {

bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
  if (begin > 0) {
    std::size_t before = previous_code_point_start(text, begin);
    if (is_in_class(next_code_point(text, before), UnicodeClass::kWord)) return true;
  }
  return end < text.size() && is_in_class(next_code_point(text, end), UnicodeClass::kWord);
}

std::size_t spaces_begin(std::string_view text, std::size_t end, std::size_t limit) {
  while (end > limit) {
    const std::size_t begin = previous_code_point_start(text, end);
    std::size_t position = begin;
    if (!is_in_class(next_code_point(text, position), UnicodeClass::kSpace)) break;
    end = begin;
  }
  return end;
}

std::size_t spaces_end(std::string_view text, std::size_t begin) {
  while (begin < text.size()) {
    std::size_t position = begin;
    if (!is_in_class(next_code_point(text, position), UnicodeClass::kSpace)) break;
    begin = position;
  }
  return begin;
}

}  // namespace

AddedTokenFinder::AddedTokenFinder(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  for (std::size_t i = 0; i < tokens_.size(); ++i) contents_.insert(tokens_[i].content, i);
}

void AddedTokenFinder::split(std::string_view text, const TextSink& other,
                             const TokenSink& token) const {
  std::size_t covered = 0;
  for (std::size_t position = 0; position < text.size();) {
    const std::optional<Trie::Match> match = contents_.longest_match(text, position);
    if (!match) {
      ++position;
      continue;
    }
    const AddedToken& found = tokens_[match->value];
    std::size_t begin = position;
    std::size_t end = position + match->length;
    position = end;
    // A shorter token at the same place is not tried: the reference does not either.
    if (found.single_word && touches_word(text, begin, end)) continue;
    if (found.lstrip) begin = spaces_begin(text, begin, covered);
    if (found.rstrip) end = spaces_end(text, end);
    if (covered < begin) other(text.substr(covered, begin - covered));
    token(found.id);
    covered = end;
  }
  if (covered < text.size()) other(text.substr(covered));
}

}  // namespace leakprobe
