#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace leakprobe {

/// Whether a file is a GGUF file, by its first bytes; its name says nothing: Ollama's have none.
/// False where it cannot be read.
bool is_gguf_file(const std::filesystem::path& path);

/// What to do about a model's file that is not as it must be.
inline constexpr const char* kGetAgain = "correct it, or get it again";

/// What a file of model weights in another format is and what to do with it, by its first bytes,
/// such as "is a PyTorch file (zip), ..."; "" where the format is not known.
std::string foreign_format(std::span<const std::byte> file);

}  // namespace leakprobe
