#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "records/lock.h"

namespace leakprobe {

/// Throws host::UsageError where a folder that somebody named cannot be made, because something
/// else is in its place or in that of one above it.
void require_possible_folder(const std::filesystem::path& folder);

/// A folder in which one process works: made where it is missing, and locked while the object
/// lives. Where nothing of leakprobe's was made in it, it is left as it was found: without a lock
/// and a list, and not at all where it was not there.
class WorkFolder {
 public:
  /// Throws Error where the folder cannot be made or locked, and "<path>: <busy>" where another
  /// process holds it.
  WorkFolder(std::filesystem::path path, const std::string& busy);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

 private:
  std::filesystem::path path_;
  std::vector<std::filesystem::path> made_;  ///< folders that were not there, the deepest first
  std::optional<FolderLock> lock_;           ///< always held but while it is being made
};

/// Removes the lock and the list from a folder in which nothing is left that leakprobe made, for
/// whoever holds its lock alone; then gives true.
bool remove_marks(const std::filesystem::path& folder);

}  // namespace leakprobe
