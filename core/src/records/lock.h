#pragma once

#include <filesystem>
#include <optional>

#include "format/files.h"

namespace leakprobe {

/// The file by which a folder is locked.
inline constexpr const char* kLockFile = ".lock";

/// A flock on a folder's file ".lock", held as long as the object lives, across threads and
/// processes, and gone with a killed process. Who holds it alone may remove the file: others that
/// wait for it take a new one.
class FolderLock {
 public:
  enum class Kind { shared, exclusive };

  /// Waits until it has the lock. The folder must exist. Throws Error.
  FolderLock(const std::filesystem::path& folder, Kind kind);
  /// Nothing where another process holds it.
  static std::optional<FolderLock> try_exclusive(const std::filesystem::path& folder);
  /// Whether some process holds the folder's lock; false where it never had one.
  static bool is_held(const std::filesystem::path& folder);

 private:
  explicit FolderLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace leakprobe
