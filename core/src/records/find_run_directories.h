#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace leakprobe {

/// Whether a folder is that of a run: finished, begun, or one that still makes its model. A folder
/// with an experiment called config.yaml is none.
bool is_run_directory(const std::filesystem::path& folder);

/// So many folders that are no runs are looked into for some. A sweep has five, whatever its size.
inline constexpr size_t kMostFolders = 5000;

struct FoundDirectories {
  std::vector<std::filesystem::path> runs;  ///< by path
  /// A folder that cannot be read; a sweep's, whose runs are found without the sweep's labels; and
  /// that not all were looked at.
  std::vector<std::string> notes;
  /// What is to be said behind "holds no run": ", nor does any of the 12 folders below it".
  std::string looked_at;
};

/// The runs at or below a folder. What lies in a run's own folder belongs to it, and hidden folders
/// and symbolic links are passed over. The nearest folders come first, and no more of them than
/// kMostFolders that are no runs: where runs lie there are few of these, and in a tree of something
/// else nobody wants to wait.
FoundDirectories find_run_directories(const std::filesystem::path& folder);

}  // namespace leakprobe
