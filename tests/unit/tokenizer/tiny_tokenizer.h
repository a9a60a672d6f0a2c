#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tokenizer/byte_alphabet.h"

namespace leakprobe {

/// A small complete tokenizer.json: the 256 bytes are 0 to 255, " a" is 256, "ab" is 257 and the
/// added token "<end>" is 258.
inline nlohmann::json tiny_tokenizer() {
  nlohmann::json vocabulary;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary[to_byte_alphabet(std::string(1, static_cast<char>(byte)))] = byte;
  }
  vocabulary["\u0120a"] = 256;
  vocabulary["ab"] = 257;
  return {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens",
       {{{"id", 258},
         {"content", "<end>"},
         {"single_word", false},
         {"lstrip", false},
         {"rstrip", false},
         {"normalized", false},
         {"special", true}}}},
      {"normalizer", nullptr},
      {"pre_tokenizer",
       {{"type", "ByteLevel"},
        {"add_prefix_space", false},
        {"trim_offsets", true},
        {"use_regex", true}}},
      {"post_processor", nullptr},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", {"\u0120 a", {"a", "b"}}}}},
  };
}

}  // namespace leakprobe
