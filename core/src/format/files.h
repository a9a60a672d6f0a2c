#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "leakprobe/error.h"

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

/// There is no memory for a file, which may be as good as any.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// Throws Error "<path>: <what>: <the text of errno>", with what to do where that is known.
[[noreturn]] void fail_with_errno(const std::filesystem::path& path, std::string_view what,
                                  int error_number);

/// Whether there is something of this name, links followed. What cannot be looked at is not there.
bool is_there(const std::filesystem::path& path);
/// Whether there is anything of this name, a link that leads nowhere included. What cannot be
/// looked at is not there.
bool is_taken(const std::filesystem::path& path);
/// What is at `path` that is no file on disk, links followed: "is a pipe where a file is needed",
/// "is a link to x, which is not there". "" where there is a file, or nothing.
std::string why_no_file(const std::filesystem::path& path);

/// Why nothing is at `path`, as a sentence that begins with it, where that is known: it leads to
/// what was not fetched. "" where it is not known.
std::string why_absent(const std::filesystem::path& path);

/// Throws Error where `path` is no folder whose files can be read.
void require_folder(const std::filesystem::path& path);

/// Throws Error where `path` is a link in the place of a `what` ("file", "folder") of our own: it
/// may lead to somebody's.
void refuse_link(const std::filesystem::path& path, std::string_view what);

/// What keeps a folder from being made at `folder`, as a sentence that begins with its path: "x: is
/// a pipe where a folder is needed; ...". "" where it is nothing that lies there.
std::string why_no_folder(const std::filesystem::path& folder);

/// Creates a folder and those above it, as far as they are not there. Throws Error.
void create_folders(const std::filesystem::path& folder);

/// Throws Error, naming `path`, where something else than a file on disk was opened.
void require_file(const FileDescriptor& file, const std::filesystem::path& path);

/// Opens a file on disk for reading. Anything else that has a name (a folder, pipe, socket or
/// device, a file of /proc or /sys) is an Error: reading it could wait or go on for ever.
FileDescriptor open_for_reading(const std::filesystem::path& path);

/// Opens a file on disk to write at its end, creating it if need be. A link is an Error, since it
/// may lead to somebody's file.
FileDescriptor open_for_appending(const std::filesystem::path& path);

/// Appends all of `bytes`. Throws Error, naming `path`.
void write_all(const FileDescriptor& file, const std::filesystem::path& path,
               std::string_view bytes);

/// Reads up to `size` bytes; 0 at the end of the file. Throws Error, naming `path`.
size_t read_some(const FileDescriptor& file, const std::filesystem::path& path, char* data,
                 size_t size);

/// The whole file as bytes. Throws Error where it cannot be read, has over `max_bytes` or is what
/// Git LFS, git-annex or DVC leave in the place of a file.
std::string read_file(const std::filesystem::path& path,
                      size_t max_bytes = std::numeric_limits<size_t>::max());

/// All of standard input. Throws Error where it cannot be read or is over `max_bytes`.
std::string read_standard_input(size_t max_bytes);

/// A file on disk mapped into memory, read only. Replacing the file by renaming leaves the mapping
/// intact; shortening it in place makes the lost bytes fatal to touch (SIGBUS; see mapped_file_at).
class MappedFile {
 public:
  /// Throws Error where the file cannot be opened (see open_for_reading) or mapped, or is a pointer
  /// to another (see read_file).
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// The path of the file that is mapped at `address`, nullptr where none is. For signal handlers: it
/// neither locks nor allocates. Of more than some hundred files at once it knows the first.
const char* mapped_file_at(const void* address) noexcept;

}  // namespace leakprobe
