#pragma once

#include <string>
#include <string_view>

namespace leakprobe {

/// Valid UTF-8 in Unicode normalisation form C, as Hugging Face's tokenizers has it: combining
/// marks of recent Unicode versions (UnicodeClass::kLateMark) stay where they are.
std::string to_nfc(std::string_view text);

}  // namespace leakprobe
