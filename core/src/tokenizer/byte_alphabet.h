#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leakprobe {

/// The printable character that stands for a byte in the vocabulary of a byte-level model: itself
/// for visible Latin-1, else one of U+0100 and up (GPT-2's bytes_to_unicode).
char32_t character_of_byte(unsigned char byte);

/// Bytes written in that alphabet, as UTF-8.
std::string to_byte_alphabet(std::string_view bytes);

/// The bytes of a token written in that alphabet; none where a character is not of it.
std::optional<std::string> from_byte_alphabet(std::string_view token);

}  // namespace leakprobe
