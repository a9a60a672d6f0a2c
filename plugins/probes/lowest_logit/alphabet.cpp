#include "alphabet.h"

#include <algorithm>
#include <set>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

int64_t token_of(const std::string& letter, const Tokenizer& tokenizer) {
  std::vector<int64_t> tokens;
  try {
    tokens = tokenizer.encode(letter);
  } catch (const Error&) {
    // A vocabulary without it: reported below.
  }
  // What reads back is no unknown token.
  if (tokens.size() == 1 && tokenizer.decode(tokens) == letter) return tokens.front();
  throw Error("'letters' names '" + letter +
              "', which is not one token of the model's tokenizer; name texts that are");
}

}  // namespace

std::vector<std::string> AlphabetOptions::default_letters() {
  std::vector<std::string> letters;
  for (char letter = 'a'; letter <= 'z'; ++letter) letters.push_back({' ', letter});
  return letters;
}

int64_t AlphabetOptions::size() const {
  return tokens.value_or(static_cast<int64_t>(letters.size()));
}

bool AlphabetOptions::are_distinct() const {
  const std::set<std::string> seen(letters.begin(), letters.end());
  return seen.size() == letters.size() && seen.size() >= 2;
}

Alphabet::Alphabet(const AlphabetOptions& options, const Context& context) {
  if (options.tokens) {
    for (int64_t id = 0; id < *options.tokens; ++id) ids_.push_back(id);
  } else {
    const auto tokenizer = context.tokenizer();
    if (!tokenizer) {
      throw Error(
          "'letters' are texts, and the model has no tokenizer; name one with model.tokenizer, or "
          "give 'tokens'");
    }
    for (const std::string& letter : options.letters) {
      ids_.push_back(token_of(letter, *tokenizer));
    }
  }
  for (const int64_t id : ids_) index_.emplace(id, static_cast<int64_t>(index_.size()));
}

int64_t Alphabet::index_of(int64_t token) const {
  const auto found = index_.find(token);
  if (found != index_.end()) return found->second;
  throw Error("a secret has the token " + std::to_string(token) +
              ", which is none of the alphabet's; name all that secrets are made of in 'letters', "
              "or give 'tokens'");
}

void Alphabet::require_within(int64_t vocabulary) const {
  const int64_t highest = *std::max_element(ids_.begin(), ids_.end());
  if (highest < vocabulary) return;
  throw Error("the alphabet has the token " + std::to_string(highest) + ", and the model knows " +
              std::to_string(vocabulary) +
              "; lower 'tokens', or name in 'letters' texts that the "
              "model knows");
}

}  // namespace leakprobe
