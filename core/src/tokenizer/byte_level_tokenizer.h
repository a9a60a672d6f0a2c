#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leakprobe/tokenizer.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/bpe.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/tokenizer_files.h"

namespace leakprobe {

/// Byte-pair encoding of a text's UTF-8 bytes, as GPT-2, GPT-NeoX, SmolLM2, Llama 3 and Qwen use
/// it: added tokens first, then normalisation, splitting into words, and merges.
class ByteLevelTokenizer : public Tokenizer {
 public:
  struct Parts {
    std::vector<std::string> decoded;  ///< the bytes of each token, by id
    std::vector<AddedToken> added_tokens;
    bool normalize_to_nfc;
    std::unique_ptr<const PreTokenizer> pre_tokenizer;
    BytePairEncoder encoder;
    NamedFiles files;
  };

  explicit ByteLevelTokenizer(Parts parts);

  std::vector<std::int64_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<std::int64_t>& ids) const override;
  std::int64_t size() const override;
  NamedFiles files() const override;

 private:
  void encode_words(std::string_view text, std::vector<std::int64_t>& ids) const;
  void encode_normalized(std::string_view text, std::vector<std::int64_t>& ids) const;

  Parts parts_;
  AddedTokenFinder raw_tokens_;
  AddedTokenFinder normalized_tokens_;
};

}  // namespace leakprobe
