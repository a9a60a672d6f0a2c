#include "tokenizer/letter_vocabulary.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "format/json_write.h"
#include "format/quote.h"
#include "leakprobe/error.h"
#include "tokenizer/decode_ids.h"
#include "tokenizer/tokenizer_files.h"
#include "tokenizer/trie.h"
#include "tokenizer/utf8.h"

namespace leakprobe {
namespace {

std::vector<std::string> letters() {
  std::vector<std::string> tokens;
  for (char letter = 'a'; letter <= 'z'; ++letter) tokens.push_back(std::string(" ") + letter);
  return tokens;
}

bool is_ascii_punctuation(char c) {
  return std::string_view(R"(!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~)").find(c) != std::string_view::npos;
}

// The longest token comes first: an alternation takes the first that fits.
std::string pattern_of(std::vector<std::string> tokens) {
  std::stable_sort(tokens.begin(), tokens.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  std::string pattern;
  for (const std::string& token : tokens) {
    if (!pattern.empty()) pattern.push_back('|');
    for (char c : token) {
      if (is_ascii_punctuation(c)) pattern.push_back('\\');
      pattern.push_back(c);
    }
  }
  return pattern;
}

// An unknown token that is not in the vocabulary makes the reference fail on other text, as
// encode() does.
OrderedJson describe(const std::vector<std::string>& tokens) {
  OrderedJson vocabulary = OrderedJson::object();
  for (std::size_t id = 0; id < tokens.size(); ++id) vocabulary[tokens[id]] = id;
  return {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", OrderedJson::array()},
      {"normalizer", nullptr},
      {"pre_tokenizer",
       {{"type", "Split"},
        {"pattern", {{"Regex", pattern_of(tokens)}}},
        {"behavior", "Isolated"},
        {"invert", false}}},
      {"post_processor", nullptr},
      {"decoder", {{"type", "Fuse"}}},
      {"model", {{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", ""}}},
  };
}

class LetterVocabulary : public Tokenizer {
 public:
  explicit LetterVocabulary(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
    for (std::size_t id = 0; id < tokens_.size(); ++id) trie_.insert(tokens_[id], id);
  }

  std::vector<std::int64_t> encode(std::string_view text) const override {
    require_utf8(text, "text to encode");
    std::vector<std::int64_t> ids;
    for (std::size_t position = 0; position < text.size();) {
      const std::optional<Trie::Match> match = trie_.longest_match(text, position);
      if (!match) {
        throw Error("text to encode: no token of the letter vocabulary begins at byte " +
                    std::to_string(position) + ", where " + quote(text.substr(position)) +
                    " stands: use \" a\" to \" z\" and the declared tokens only");
      }
      ids.push_back(static_cast<std::int64_t>(match->value));
      position += match->length;
    }
    return ids;
  }

  std::string decode(const std::vector<std::int64_t>& ids) const override {
    return join_tokens(tokens_, ids);
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(tokens_.size()); }

  NamedFiles files() const override {
    return with_tokenizer_config({{"tokenizer.json", dump_json(describe(tokens_), 2) + "\n"}});
  }

 private:
  std::vector<std::string> tokens_;
  Trie trie_;
};

std::vector<std::string> tokens_by_id(const JsonValue& vocabulary) {
  std::vector<std::string> tokens(vocabulary.size());
  for (const std::string& token : vocabulary.keys()) {
    const std::int64_t last = static_cast<std::int64_t>(tokens.size()) - 1;
    tokens[static_cast<std::size_t>(vocabulary.get_int(token, 0, last))] = token;
  }
  return tokens;
}

}  // namespace

std::shared_ptr<const Tokenizer> make_letter_vocabulary(std::vector<std::string> extra) {
  std::vector<std::string> tokens = letters();
  std::unordered_set<std::string> known(tokens.begin(), tokens.end());
  for (std::string& token : extra) {
    if (token.empty()) throw Error("letter vocabulary: a token is empty: give it a text");
    require_utf8(token, "letter vocabulary, token " + quote(token));
    if (!known.insert(token).second) {
      throw Error("letter vocabulary: the token " + quote(token) + " comes twice: remove one");
    }
    tokens.push_back(std::move(token));
  }
  return std::make_shared<const LetterVocabulary>(std::move(tokens));
}

std::shared_ptr<const Tokenizer> read_letter_vocabulary(const JsonValue& tokenizer) {
  const std::vector<std::string> tokens = tokens_by_id(tokenizer.at("model").at("vocab"));
  const std::vector<std::string> first = letters();
  if (tokens.size() < first.size() || !std::equal(first.begin(), first.end(), tokens.begin()) ||
      Json(describe(tokens)) != tokenizer.raw()) {
    tokenizer.fail(
        "the model type 'WordLevel' is only supported for letter vocabularies as they "
        "are written into checkpoints: use a byte-level BPE tokenizer");
  }
  return make_letter_vocabulary(
      {tokens.begin() + static_cast<std::ptrdiff_t>(first.size()), tokens.end()});
}

}  // namespace leakprobe
