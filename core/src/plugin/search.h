#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace leakprobe {

/// A file or folder in which plugin libraries are looked for.
struct SearchEntry {
  std::filesystem::path path;
  /// Who named it: "--plugin-path", "LEAKPROBE_PLUGIN_PATH", "the experiment"; "" = nobody, it is
  /// looked at where it exists.
  std::string named_by;
};

/// The environment variable that names files and folders with plugins.
inline constexpr const char* kPathVariable = "LEAKPROBE_PLUGIN_PATH";

/// Where plugins are looked for, in order: `named`, then `environment` (the value of
/// LEAKPROBE_PLUGIN_PATH or nullptr: files and folders with colons between them), then the plugin
/// folder of the installation or build tree to which `program` belongs. An empty entry is nothing;
/// the current folder is looked at only where somebody names it.
std::vector<SearchEntry> plugin_search_path(const std::vector<std::filesystem::path>& named,
                                            const char* environment,
                                            const std::filesystem::path& program);

/// The libraries (*.so) directly in a folder, sorted. Throws Error where it cannot be read.
std::vector<std::filesystem::path> libraries_in(const std::filesystem::path& folder);

}  // namespace leakprobe
