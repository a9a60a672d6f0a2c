#pragma once

#include <filesystem>
#include <memory>

#include "leakprobe/tokenizer.h"

namespace leakprobe {

/// The tokenizer of a folder with a tokenizer.json, or of such a file. A tokenizer_config.json and
/// the like beside it come along in files().
/// Throws Error where there is none, it cannot be read, or it is not supported.
std::shared_ptr<const Tokenizer> load_tokenizer(const std::filesystem::path& file_or_folder);

/// The file that load_tokenizer reads; it need not be there.
std::filesystem::path tokenizer_file(const std::filesystem::path& file_or_folder);

}  // namespace leakprobe
