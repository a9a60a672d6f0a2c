#pragma once

#include <filesystem>

namespace leakprobe {

/// Throws Error unless `path` is a folder with a config.json, or a file beside one, as far as names
/// and first bytes tell; it says what the user has instead.
void require_model_folder(const std::filesystem::path& path);

}  // namespace leakprobe
