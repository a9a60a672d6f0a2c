#include "tokenizer/tokenizer_json.h"

#include "format/file_kind.h"
#include "format/json.h"
#include "text/quote.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/byte_level_tokenizer.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/tokenizer_json_check.h"
#include "tokenizer/tokenizer_json_model.h"
#include "tokenizer/tokenizer_json_pipeline.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe {
namespace {

void require_known_document(const JsonValue& document) {
  require_members_among(document, {"version", "truncation", "padding", "added_tokens", "normalizer",
                                   "pre_tokenizer", "post_processor", "decoder", "model"});
  if (const auto version = document.find_string("version"); version && *version != "1.0") {
    refuse(document, "version " + quote(*version), "version 1.0");
  }
}

// Added tokens are decoded from the byte alphabet like the others, and from their normalised text:
// that is what the reference does, even where it garbles them.
std::vector<std::string> decoded_tokens(TokenList tokens, bool normalize_to_nfc) {
  for (const AddedToken& token : tokens.added) {
    if (!token.normalized || !normalize_to_nfc) continue;
    tokens.texts[static_cast<std::size_t>(token.id)] = to_nfc(token.content);
  }
  for (std::string& text : tokens.texts) text = from_byte_alphabet(text).value_or(text);
  return std::move(tokens.texts);
}

std::shared_ptr<const Tokenizer> make_byte_level(const JsonValue& document, NamedFiles files) {
  require_harmless_post_processor(document);
  require_byte_level_decoder(document);
  const bool normalize_to_nfc = read_normalizes_to_nfc(document);
  std::unique_ptr<const PreTokenizer> pre_tokenizer = read_pre_tokenizer(document);
  const TokenList tokens = read_tokens(document);
  return std::make_shared<const ByteLevelTokenizer>(ByteLevelTokenizer::Parts{
      .decoded = decoded_tokens(tokens, normalize_to_nfc),
      .added_tokens = tokens.added,
      .normalize_to_nfc = normalize_to_nfc,
      .pre_tokenizer = std::move(pre_tokenizer),
      .encoder = read_byte_pair_encoder(document, tokens),
      .files = with_tokenizer_config(std::move(files)),
  });
}

}  // namespace

std::shared_ptr<const Tokenizer> make_tokenizer_from_json(
    std::string text, const std::string& source,
    std::vector<std::pair<std::string, std::string>> companions) {
  const JsonValue document = JsonValue::parse(text, source, {.remedy = kGetAgain});
  require_known_document(document);
  if (document.at("model").find_string("type") == "WordLevel") {
    return read_word_vocabulary(document);
  }
  NamedFiles files = std::move(companions);
  files.insert(files.begin(), {"tokenizer.json", std::move(text)});
  return make_byte_level(document, std::move(files));
}

}  // namespace leakprobe
