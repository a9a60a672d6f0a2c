#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "format/files.h"

namespace leakprobe {

/// A file that appears under its name complete or not at all, also when the machine stops in
/// between: written under a temporary name in the same folder, synced, renamed, folder synced.
/// A file that was there before is replaced; readers that have it open keep the old one.
class AtomicFile {
 public:
  /// Creates the temporary file. Throws Error where the folder does not exist or is not writable.
  explicit AtomicFile(std::filesystem::path path);

  /// Removes the temporary file unless `commit` has succeeded.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. Throws Error, for example when the disk is full.
  void write(std::string_view bytes);

  /// Makes the file visible under its name; call it once, last. Throws Error.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  FileDescriptor file_;
};

/// Replaces or creates a file with these bytes, as AtomicFile does. Throws Error.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Removes the temporary files that killed processes left in a folder; for whoever holds its lock,
/// or where nobody does.
void remove_temporary_files(const std::filesystem::path& folder);

}  // namespace leakprobe
