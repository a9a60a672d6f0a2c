#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// The tokenizer of a GGUF file whose tokenizer.ggml.model is "gpt2" (byte-level BPE), from
/// tokenizer.ggml.tokens, .merges, .token_type (one a token, or none at all: all normal) and .pre.
/// Its files() have a tokenizer.json with equal ids.
///
/// `pre` names how text is split: "smollm"; "gpt-2" (GPT-2's words); "olmo" or
/// "gpt-neox" (the same after NFC); "llama-bpe", "llama3" or "llama-v3"; "qwen2".
/// Throws Error, `source` first, for any other, for "" and "default", which do not say it, and
/// where the metadata do not fit together.
std::shared_ptr<const Tokenizer> make_gpt2_tokenizer(std::vector<std::string> tokens,
                                                     std::vector<std::string> merges,
                                                     std::vector<std::int32_t> token_types,
                                                     const std::string& pre,
                                                     const std::string& source);

/// Whether text is brought into NFC before it is split as `pre` names it.
bool gguf_applies_nfc(const std::string& pre);

}  // namespace leakprobe
