#include "tokenizer/word_vocabulary.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "format/json_write.h"
#include "leakprobe/error.h"
#include "text/quote.h"
#include "text/utf8.h"
#include "tokenizer/decode_ids.h"
#include "tokenizer/tokenizer_files.h"
#include "tokenizer/trie.h"

namespace leakprobe {
namespace {

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

class WordVocabulary : public Tokenizer {
 public:
  explicit WordVocabulary(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
    for (std::size_t id = 0; id < tokens_.size(); ++id) trie_.insert(tokens_[id], id);
  }

  std::vector<std::int64_t> encode(std::string_view text) const override {
    require_utf8(text, "text to encode");
    std::vector<std::int64_t> ids;
    for (std::size_t position = 0; position < text.size();) {
      const std::optional<Trie::Match> match = trie_.longest_match(text, position);
      if (!match) {
        throw Error("text to encode: no token of the task's vocabulary begins at byte " +
                    std::to_string(position) + ", where " + quote(text.substr(position)) +
                    " stands: give the model another tokenizer with model.tokenizer or "
                    "model.path");
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

std::shared_ptr<const Tokenizer> make_word_vocabulary(std::vector<std::string> tokens) {
  if (tokens.empty()) throw Error("word vocabulary: it has no token: give it some");
  std::unordered_set<std::string_view> known;
  for (const std::string& token : tokens) {
    if (token.empty()) throw Error("word vocabulary: a token is empty: give it a text");
    require_utf8(token, "word vocabulary, token " + quote(token));
    if (!known.insert(token).second) {
      throw Error("word vocabulary: the token " + quote(token) + " comes twice: remove one");
    }
  }
  return std::make_shared<const WordVocabulary>(std::move(tokens));
}

std::shared_ptr<const Tokenizer> read_word_vocabulary(const JsonValue& tokenizer) {
  const std::vector<std::string> tokens = tokens_by_id(tokenizer.at("model").at("vocab"));
  if (Json(describe(tokens)) != tokenizer.raw()) {
    tokenizer.fail(
        "the model type 'WordLevel' is only supported for vocabularies as they are written into "
        "checkpoints: use a byte-level BPE tokenizer");
  }
  return make_word_vocabulary(tokens);
}

}  // namespace leakprobe
