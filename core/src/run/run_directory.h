#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "format/files.h"
#include "leakprobe/value.h"
#include "run/lock.h"

namespace leakprobe {

/// A folder that holds one run. Locked while the object lives; every file but the growing ones is
/// written under a temporary name and renamed, so that a crash leaves the last complete state.
class RunDirectory {
 public:
  enum class Content { nothing, partial, complete };

  /// Creates the folder if need be and locks it. Throws Error where it cannot be written or another
  /// process holds it.
  explicit RunDirectory(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }
  Content content() const;
  bool has_state() const;
  /// Deletes what an earlier run left; nothing that leakprobe did not write.
  void clear();

  void write_json(const std::string& name, const Value& value) const;
  void write_text(const std::string& name, const std::string& text) const;
  Value read_json(const std::string& name) const;
  /// status.json: {state: running | interrupted | failed | complete} and `details`. What is
  /// `running` is written often, and so without waiting for the disk.
  void write_status(const std::string& state, const Value& details = Value::map()) const;

 private:
  std::filesystem::path path_;
  FolderLock lock_;
};

/// A file of JSON Lines that grows; after a resume it continues at a byte position.
class GrowingFile {
 public:
  /// Cuts the file to `position` bytes. Throws Error.
  GrowingFile(std::filesystem::path path, int64_t position);
  void write(const Value& record);
  /// Syncs to disk; the size in bytes.
  int64_t position();

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  std::string pending_;
  int64_t size_ = 0;
  void flush();
};

}  // namespace leakprobe
