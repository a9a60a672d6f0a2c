#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace leakprobe::text_pairs {

/// A text file on disk that is read in parts, by several threads at once. It may be replaced
/// (renamed over) while this object lives; that it is altered in place is an error.
class DataFile {
 public:
  /// Which file it is, and in which state.
  struct Stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    int64_t nanoseconds;  ///< of its last change
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  /// Throws Error where there is no such file on disk, and DiagnosedError where it is of a kind
  /// that other programs turn into text first: Parquet, Arrow, compressed, UTF-16, a pointer of Git
  /// LFS.
  explicit DataFile(const std::filesystem::path& path);
  ~DataFile();
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;

  const std::string& source() const { return source_; }
  uint64_t size() const { return static_cast<uint64_t>(stamp_.size); }
  const Stamp& stamp() const { return stamp_; }

  /// So many bytes from `offset` on, as far as the file goes. Throws Error where they cannot be
  /// read, or the file has changed since it was opened.
  std::string read(uint64_t offset, size_t length) const;

 private:
  Stamp stamp_now() const;

  std::string source_;
  int descriptor_;
  Stamp stamp_{};
};

}  // namespace leakprobe::text_pairs
