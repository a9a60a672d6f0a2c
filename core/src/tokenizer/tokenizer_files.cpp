#include "tokenizer/tokenizer_files.h"

#include <algorithm>

namespace leakprobe {

NamedFiles with_tokenizer_config(NamedFiles files) {
  constexpr const char* kName = "tokenizer_config.json";
  constexpr const char* kContent = R"({
  "clean_up_tokenization_spaces": false,
  "tokenizer_class": "PreTrainedTokenizerFast"
}
)";
  const bool has_one =
      std::any_of(files.begin(), files.end(), [](const auto& file) { return file.first == kName; });
  if (!has_one) files.emplace_back(kName, kContent);
  return files;
}

}  // namespace leakprobe
