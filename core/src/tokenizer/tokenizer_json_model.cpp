#include "tokenizer/tokenizer_json_model.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "text/counted.h"
#include "text/quote.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tokenizer_json_check.h"

namespace leakprobe {
namespace {

constexpr std::int64_t kMaxId = 0x7FFFFFFE;

using TokenIds = std::unordered_map<std::string_view, std::uint32_t>;

AddedToken read_added_token(const JsonValue& value) {
  require_members_among(
      value, {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"});
  AddedToken token;
  token.id = value.get_int("id", 0, kMaxId);
  token.content = value.get_string("content");
  token.single_word = value.get_bool("single_word");
  token.lstrip = value.get_bool("lstrip");
  token.rstrip = value.get_bool("rstrip");
  token.normalized = value.get_bool("normalized");
  token.special = value.get_bool("special");
  if (token.content.empty()) value.fail("its content is empty: remove this added token");
  return token;
}

class TokenListReader {
 public:
  explicit TokenListReader(const JsonValue& tokenizer)
      : vocabulary_(tokenizer.at("model").at("vocab")), added_(tokenizer.find("added_tokens")) {
    if (!vocabulary_.is_object()) vocabulary_.fail_type("an object from tokens to ids");
    if (added_ && !added_->is_array()) added_->fail_type("an array");
  }

  TokenList read() {
    const std::size_t most = vocabulary_.size() + (added_ ? added_->size() : 0);
    tokens_.texts.resize(most);
    is_taken_.resize(most, false);
    for (const auto& [text, id] : vocabulary_.raw().items()) {
      // A value that names its place is made only where it has something to say.
      const bool is_plain = id.is_number_unsigned() && id.get<std::uint64_t>() < most;
      take(is_plain ? id.get<std::int64_t>() : vocabulary_.at(text).as_int(0, kMaxId), text,
           [&, &key = text] { return vocabulary_.at(key); });
    }
    tokens_.is_in_vocabulary = is_taken_;
    for (std::size_t i = 0; added_ && i < added_->size(); ++i) read_added((*added_)[i]);
    while (!is_taken_.empty() && !is_taken_.back()) is_taken_.pop_back();
    for (std::size_t id = 0; id < is_taken_.size(); ++id) {
      if (is_taken_[id]) continue;
      vocabulary_.fail("no token has the id " + std::to_string(id) +
                       ", but larger ids exist: number the tokens without holes");
    }
    if (is_taken_.empty()) vocabulary_.fail("has no token: use a complete tokenizer");
    tokens_.texts.resize(is_taken_.size());
    tokens_.is_in_vocabulary.resize(is_taken_.size());
    return std::move(tokens_);
  }

 private:
  template <typename Place>
  void take(std::int64_t id, const std::string& text, const Place& place) {
    const auto index = static_cast<std::size_t>(id);
    if (index >= tokens_.texts.size()) {
      place().fail("the id " + std::to_string(id) + " is too large for " +
                   counted(tokens_.texts.size(), "token") + ": number the tokens without holes");
    }
    if (is_taken_[index]) {
      place().fail("the id " + std::to_string(id) + " belongs to the token " +
                   quote(tokens_.texts[index]) + " as well: give each token its own");
    }
    tokens_.texts[index] = text;
    is_taken_[index] = true;
  }

  void read_added(const JsonValue& value) {
    AddedToken token = read_added_token(value);
    if (!added_contents_.insert(token.content).second) {
      value.fail("the added token " + quote(token.content) + " comes twice: remove one");
    }
    const Json& vocabulary = vocabulary_.raw();
    if (const auto known = vocabulary.find(token.content); known == vocabulary.end()) {
      take(token.id, token.content, [&] { return value; });
    } else if (known->get<std::int64_t>() != token.id) {
      value.fail("has the id " + std::to_string(token.id) + ", but the model's vocabulary gives " +
                 quote(token.content) + " the id " + known->dump() + ": make them equal");
    }
    tokens_.added.push_back(std::move(token));
  }

  JsonValue vocabulary_;
  std::optional<JsonValue> added_;
  TokenList tokens_;
  std::vector<bool> is_taken_;
  std::unordered_set<std::string> added_contents_;
};

TokenIds ids_of_vocabulary(const TokenList& tokens) {
  TokenIds ids;
  ids.reserve(tokens.texts.size());
  for (std::size_t id = 0; id < tokens.texts.size(); ++id) {
    if (tokens.is_in_vocabulary[id]) ids.emplace(tokens.texts[id], static_cast<std::uint32_t>(id));
  }
  return ids;
}

std::pair<std::string_view, std::string_view> merge_parts(const JsonValue& merges,
                                                          std::size_t index) {
  const Json& merge = merges.raw()[index];
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>()};
  }
  if (merge.is_string()) {
    const std::string_view text = merge.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space != std::string_view::npos && text.find(' ', space + 1) == std::string_view::npos) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  }
  merges[index].fail_type("two tokens, as \"a b\" or as [\"a\", \"b\"]");
}

std::vector<Merge> read_merges(const JsonValue& model, const TokenIds& ids) {
  const JsonValue merges = model.at("merges");
  if (!merges.is_array()) merges.fail_type("an array");
  const auto id_of = [&](std::string_view text, std::size_t index) {
    const auto found = ids.find(text);
    if (found == ids.end()) {
      merges[index].fail("the token " + quote(text) +
                         " is not in the model's vocabulary: use the vocabulary and the merges of "
                         "one and the same tokenizer");
    }
    return found->second;
  };
  std::vector<Merge> result;
  result.reserve(merges.size());
  std::string joined;
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto [left, right] = merge_parts(merges, i);
    joined.assign(left).append(right);
    result.push_back({id_of(left, i), id_of(right, i), id_of(joined, i)});
  }
  return result;
}

// Bytes that occur in UTF-8.
bool can_occur(unsigned byte) { return byte != 0xC0 && byte != 0xC1 && byte < 0xF5; }

std::optional<std::uint32_t> read_unknown(const JsonValue& model, const TokenIds& ids) {
  const std::optional<std::string> text = model.find_string("unk_token");
  if (!text) return std::nullopt;
  if (const auto found = ids.find(*text); found != ids.end()) return found->second;
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string character = to_byte_alphabet(std::string(1, static_cast<char>(byte)));
    if (!can_occur(byte) || ids.contains(character)) continue;
    model.fail("unk_token " + quote(*text) +
               " is not in the vocabulary, but the vocabulary has no token for the byte " +
               std::to_string(byte) + ": add one of them");
  }
  return std::nullopt;
}

void require_byte_level_model(const JsonValue& model) {
  if (const auto type = model.find_string("type"); type && *type != "BPE") {
    refuse(model, "the type " + quote(*type), "BPE");
  }
  require_members_among(
      model, {"type", "vocab", "merges", "ignore_merges", "byte_fallback", "unk_token", "fuse_unk",
              "continuing_subword_prefix", "end_of_word_suffix", "dropout"});
  if (model.find_bool("byte_fallback").value_or(false)) {
    refuse(model, "byte_fallback true", "byte_fallback false");
  }
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (const auto text = model.find_string(affix); text && !text->empty()) {
      refuse(model, std::string(affix) + " " + quote(*text), "none");
    }
  }
  if (model.find_double("dropout").value_or(0) != 0) {
    refuse(model, "dropout other than 0", "dropout null");
  }
}

}  // namespace

TokenList read_tokens(const JsonValue& tokenizer) { return TokenListReader(tokenizer).read(); }

BytePairEncoder read_byte_pair_encoder(const JsonValue& tokenizer, const TokenList& tokens) {
  const JsonValue model = tokenizer.at("model");
  require_byte_level_model(model);
  const TokenIds ids = ids_of_vocabulary(tokens);
  std::vector<std::optional<std::string>> words(tokens.texts.size());
  for (const auto& [text, id] : ids) words[id] = from_byte_alphabet(text);
  BytePairEncoder::Options options;
  options.ignore_merges = model.find_bool("ignore_merges").value_or(false);
  options.unknown = read_unknown(model, ids);
  options.fuse_unknown = model.find_bool("fuse_unk").value_or(false);
  return BytePairEncoder(std::move(words), read_merges(model, ids), options);
}

}  // namespace leakprobe
