#include "tokenizer/byte_level_tokenizer.h"

#include <algorithm>

#include "text/utf8.h"
#include "tokenizer/decode_ids.h"
#include "tokenizer/normalizer.h"

namespace leakprobe {
namespace {

std::vector<AddedToken> select(const ByteLevelTokenizer::Parts& parts, bool normalized) {
  std::vector<AddedToken> selected;
  for (const AddedToken& token : parts.added_tokens) {
    if (token.normalized != normalized) continue;
    selected.push_back(token);
    if (normalized && parts.normalize_to_nfc) {
      selected.back().content = to_nfc(token.content);
    }
  }
  // Where normalisation makes two contents equal, the special token is found.
  std::stable_partition(selected.begin(), selected.end(),
                        [](const AddedToken& token) { return token.special; });
  return selected;
}

}  // namespace

ByteLevelTokenizer::ByteLevelTokenizer(Parts parts)
    : parts_(std::move(parts)),
      raw_tokens_(select(parts_, false)),
      normalized_tokens_(select(parts_, true)) {}

std::vector<std::int64_t> ByteLevelTokenizer::encode(std::string_view text) const {
  require_utf8(text, "text to encode");
  constexpr std::size_t kBytesPerToken = 4;
  std::vector<std::int64_t> ids;
  ids.reserve(text.size() / kBytesPerToken + 1);
  raw_tokens_.split(
      text,
      [&](std::string_view piece) {
        if (parts_.normalize_to_nfc) {
          encode_normalized(to_nfc(piece), ids);
        } else {
          encode_normalized(piece, ids);
        }
      },
      [&](std::int64_t id) { ids.push_back(id); });
  return ids;
}

void ByteLevelTokenizer::encode_normalized(std::string_view text,
                                           std::vector<std::int64_t>& ids) const {
  normalized_tokens_.split(
      text, [&](std::string_view piece) { encode_words(piece, ids); },
      [&](std::int64_t id) { ids.push_back(id); });
}

void ByteLevelTokenizer::encode_words(std::string_view text, std::vector<std::int64_t>& ids) const {
  parts_.pre_tokenizer->split(text,
                              [&](std::string_view word) { parts_.encoder.encode(word, ids); });
}

std::string ByteLevelTokenizer::decode(const std::vector<std::int64_t>& ids) const {
  return replace_invalid_utf8(join_tokens(parts_.decoded, ids));
}

std::int64_t ByteLevelTokenizer::size() const {
  return static_cast<std::int64_t>(parts_.decoded.size());
}

NamedFiles ByteLevelTokenizer::files() const { return parts_.files; }

}  // namespace leakprobe
