#include "tokenizer/gguf_tokenizer.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "format/json.h"
#include "format/json_write.h"
#include "leakprobe/error.h"
#include "text/counted.h"
#include "text/quote.h"
#include "text/utf8.h"
#include "tokenizer/tokenizer_json.h"

namespace leakprobe {
namespace {

// Values of tokenizer.ggml.token_type in the GGUF specification.
constexpr std::int32_t kFirstType = 1;
constexpr std::int32_t kControl = 3;
constexpr std::int32_t kUserDefined = 4;
constexpr std::int32_t kLastType = 6;

constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct Splitting {
  std::string_view name;
  bool digits = false;            // each digit on its own
  std::string_view pattern = {};  // instead of GPT-2's words
  bool nfc = false;
  bool ignore_merges = false;
};

constexpr std::array kSplittings = {
    Splitting{.name = "gpt-2"},
    Splitting{.name = "gpt-neox", .nfc = true},
    Splitting{.name = "llama-bpe", .pattern = kLlama3Pattern, .ignore_merges = true},
    Splitting{.name = "llama-v3", .pattern = kLlama3Pattern, .ignore_merges = true},
    Splitting{.name = "llama3", .pattern = kLlama3Pattern, .ignore_merges = true},
    Splitting{.name = "olmo", .nfc = true},
    Splitting{.name = "qwen2", .pattern = kQwen2Pattern, .nfc = true},
    Splitting{.name = "smollm", .digits = true},
};

const Splitting& splitting_of(const std::string& pre, const std::string& source) {
  const auto found = std::find_if(kSplittings.begin(), kSplittings.end(),
                                  [&](const Splitting& known) { return known.name == pre; });
  if (found != kSplittings.end()) return *found;
  if (pre.empty() || pre == "default") {
    throw Error(source + ": tokenizer.ggml.pre is " + (pre.empty() ? "absent" : quote(pre)) +
                ", so the file does not say how its tokenizer splits text: name the model's "
                "tokenizer.json with model.tokenizer");
  }
  std::string known;
  for (const Splitting& splitting : kSplittings) {
    known.append(known.empty() ? "" : ", ").append(splitting.name);
  }
  throw Error(source + ": tokenizer.ggml.pre " + quote(pre) +
              " is not supported: use a file with one of " + known);
}

OrderedJson byte_level(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

OrderedJson pre_tokenizer(const Splitting& splitting) {
  OrderedJson steps = OrderedJson::array();
  if (splitting.digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  if (!splitting.pattern.empty()) {
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", splitting.pattern}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  }
  steps.push_back(byte_level(splitting.pattern.empty()));
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

void require_consistent(const std::vector<std::string>& tokens,
                        const std::vector<std::string>& merges,
                        const std::vector<std::int32_t>& token_types, const std::string& source) {
  if (!token_types.empty() && token_types.size() != tokens.size()) {
    throw Error(source + ": tokenizer.ggml.token_type has " +
                counted(token_types.size(), "element") + " for " + counted(tokens.size(), "token") +
                ": use a complete file");
  }
  std::unordered_map<std::string_view, std::size_t> ids;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    const std::string place = source + ": tokenizer.ggml.tokens[" + std::to_string(id) + "]";
    require_utf8(tokens[id], place);
    if (const auto [first, is_new] = ids.emplace(tokens[id], id); !is_new) {
      throw Error(place + ": the token " + quote(tokens[id]) + " has the id " +
                  std::to_string(first->second) + " as well: use a file with distinct tokens");
    }
  }
  for (std::size_t i = 0; i < merges.size(); ++i) {
    require_utf8(merges[i], source + ": tokenizer.ggml.merges[" + std::to_string(i) + "]");
  }
  for (std::size_t id = 0; id < token_types.size(); ++id) {
    if (token_types[id] >= kFirstType && token_types[id] <= kLastType) continue;
    throw Error(source + ": tokenizer.ggml.token_type[" + std::to_string(id) + "]: the type " +
                std::to_string(token_types[id]) + " is not one of 1 to 6: use a valid file");
  }
}

OrderedJson vocabulary(std::vector<std::string>& tokens) {
  OrderedJson::object_t ids;
  ids.reserve(tokens.size());
  // Not by key: that would look through all tokens before it for each.
  for (std::size_t id = 0; id < tokens.size(); ++id) ids.emplace_back(std::move(tokens[id]), id);
  return ids;
}

OrderedJson added_tokens(const std::vector<std::string>& tokens,
                         const std::vector<std::int32_t>& token_types) {
  OrderedJson added = OrderedJson::array();
  for (std::size_t id = 0; id < token_types.size(); ++id) {
    if (token_types[id] != kControl && token_types[id] != kUserDefined) continue;
    added.push_back({{"id", id},
                     {"content", tokens[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", token_types[id] == kControl}});
  }
  return added;
}

}  // namespace

bool gguf_applies_nfc(const std::string& pre) {
  return std::any_of(kSplittings.begin(), kSplittings.end(),
                     [&](const Splitting& known) { return known.name == pre && known.nfc; });
}

std::shared_ptr<const Tokenizer> make_gpt2_tokenizer(std::vector<std::string> tokens,
                                                     std::vector<std::string> merges,
                                                     std::vector<std::int32_t> token_types,
                                                     const std::string& pre,
                                                     const std::string& source) {
  const Splitting& splitting = splitting_of(pre, source);
  require_consistent(tokens, merges, token_types, source);
  OrderedJson document = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added_tokens(tokens, token_types)},
      {"normalizer", splitting.nfc ? OrderedJson{{"type", "NFC"}} : OrderedJson()},
      {"pre_tokenizer", pre_tokenizer(splitting)},
      {"post_processor", nullptr},
      {"decoder", byte_level(true)},
      {"model",
       {{"type", "BPE"},
        {"dropout", nullptr},
        {"unk_token", nullptr},
        {"continuing_subword_prefix", nullptr},
        {"end_of_word_suffix", nullptr},
        {"fuse_unk", false},
        {"byte_fallback", false},
        {"ignore_merges", splitting.ignore_merges},
        {"vocab", vocabulary(tokens)},
        {"merges", std::move(merges)}}},
  };
  return make_tokenizer_from_json(dump_json(document), source + ": metadata as tokenizer.json");
}

}  // namespace leakprobe
