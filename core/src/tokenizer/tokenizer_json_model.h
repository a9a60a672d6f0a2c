#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/json.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/bpe.h"

namespace leakprobe {

/// The tokens of a tokenizer.json, as they are written there.
struct TokenList {
  std::vector<std::string> texts;      ///< by id, from "model.vocab" and "added_tokens"
  std::vector<bool> is_in_vocabulary;  ///< by id: whether "model.vocab" has it
  std::vector<AddedToken> added;       ///< in the order of the file
};

/// Reads all tokens. Throws Error, naming the place, where an id is out of range, belongs to two
/// tokens or to none, and where an added token has another id than in "model.vocab".
TokenList read_tokens(const JsonValue& tokenizer);

/// The byte-pair encoder of "model". Throws Error for what is not byte-level BPE, naming the field,
/// and for merges that are malformed or whose parts or result are not in "model.vocab".
BytePairEncoder read_byte_pair_encoder(const JsonValue& tokenizer, const TokenList& tokens);

}  // namespace leakprobe
