#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace leakprobe {

/// Owns a POSIX file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

  /// Closes it now; returns errno of a failed close, else 0.
  int close();

 private:
  int descriptor_ = -1;
};

/// Throws Error "<path>: <what>: <the text of errno>", with what to do where that is known.
[[noreturn]] void fail_with_errno(const std::filesystem::path& path, std::string_view what,
                                  int error_number);

/// Opens a file (not a folder) for reading. Throws Error.
FileDescriptor open_for_reading(const std::filesystem::path& path);

/// Reads up to `size` bytes; 0 at the end of the file. Throws Error, naming `path`.
size_t read_some(const FileDescriptor& file, const std::filesystem::path& path, char* data,
                 size_t size);

/// The whole file as bytes. Throws Error where it cannot be read or has over `max_bytes`.
std::string read_file(const std::filesystem::path& path,
                      size_t max_bytes = std::numeric_limits<size_t>::max());

/// A regular file mapped into memory, read only. Replacing the file by renaming leaves the mapping
/// intact; shortening it in place makes the lost bytes fatal to touch (SIGBUS).
class MappedFile {
 public:
  /// Throws Error where the file cannot be opened or mapped, or is not a regular one.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace leakprobe
