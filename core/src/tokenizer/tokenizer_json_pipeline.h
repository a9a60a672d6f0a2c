#pragma once

#include <memory>

#include "format/json.h"
#include "tokenizer/pre_tokenizer.h"

namespace leakprobe {

/// Whether the "normalizer" of a tokenizer.json is NFC; null is none, and a Sequence may nest.
/// Throws Error for every other type, naming it.
bool read_normalizes_to_nfc(const JsonValue& tokenizer);

/// The "pre_tokenizer" of a byte-level tokenizer.json: Split and Digits in any order, then
/// ByteLevel; Sequences may nest. Throws Error for everything else, naming it.
std::unique_ptr<const PreTokenizer> read_pre_tokenizer(const JsonValue& tokenizer);

/// Throws Error where the "decoder" of a tokenizer.json is not ByteLevel.
void require_byte_level_decoder(const JsonValue& tokenizer);

/// Throws Error where the "post_processor" of a tokenizer.json could do more than add special
/// tokens, which encode() never adds.
void require_harmless_post_processor(const JsonValue& tokenizer);

}  // namespace leakprobe
