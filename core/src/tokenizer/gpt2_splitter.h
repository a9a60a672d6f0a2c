#pragma once

#include <cstddef>
#include <string_view>

namespace leakprobe {

/// The regular expression by which GPT-2 and its heirs split text into words.
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// The end of the word of kGpt2Pattern that begins at `begin` (< text.size()) of valid UTF-8: the
/// same as the regular expression finds, faster.
std::size_t gpt2_word_end(std::string_view text, std::size_t begin);

}  // namespace leakprobe
