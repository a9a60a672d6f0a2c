#include "format/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

std::string_view advice(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "; check the path";
    case EACCES:
    case EPERM:
      return "; check its permissions";
    case ENOSPC:
    case EDQUOT:
      return "; free some space";
    case EROFS:
      return "; choose another folder";
    case EMFILE:
    case ENFILE:
      return "; raise the limit on open files (ulimit -n)";
    case ENOMEM:
      return "; free some memory";
    default:
      return "";
  }
}

struct stat status_of(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_with_errno(path, "cannot be examined", errno);
  return status;
}

}  // namespace

FileDescriptor::~FileDescriptor() { close(); }

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

int FileDescriptor::close() {
  if (descriptor_ < 0) return 0;
  // Linux frees the descriptor even when close is interrupted, so it is never closed twice.
  return ::close(std::exchange(descriptor_, -1)) == 0 ? 0 : errno;
}

void fail_with_errno(const std::filesystem::path& path, std::string_view what, int error_number) {
  throw Error(path.string() + ": " + std::string(what) + ": " +
              std::generic_category().message(error_number) + std::string(advice(error_number)));
}

FileDescriptor open_for_reading(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail_with_errno(path, "cannot be opened", errno);
  if (S_ISDIR(status_of(file, path).st_mode)) {
    throw Error(path.string() + ": is a folder where a file is needed; give the file in it");
  }
  return file;
}

size_t read_some(const FileDescriptor& file, const std::filesystem::path& path, char* data,
                 size_t size) {
  while (true) {
    const ssize_t got = ::read(file.get(), data, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) fail_with_errno(path, "cannot be read", errno);
  }
}

std::string read_file(const std::filesystem::path& path, size_t max_bytes) {
  const FileDescriptor file = open_for_reading(path);
  const auto refuse_over_limit = [&](size_t size) {
    if (size > max_bytes) {
      throw Error(path.string() + ": is larger than " + std::to_string(max_bytes) +
                  " bytes, the most that is read here; check that it is the right file");
    }
  };
  const auto expected = static_cast<size_t>(std::max<off_t>(status_of(file, path).st_size, 0));
  refuse_over_limit(expected);
  // The size is only a hint: pipes and files under /proc say 0, and a file may grow.
  std::string bytes(expected, '\0');
  size_t used = 0;
  while (true) {
    if (used == bytes.size()) bytes.resize(used + std::max<size_t>(used / 2, 4096));
    const size_t got = read_some(file, path, bytes.data() + used, bytes.size() - used);
    if (got == 0) break;
    used += got;
    refuse_over_limit(used);
  }
  bytes.resize(used);
  return bytes;
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  // Opening a named pipe would wait for a writer for ever.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) fail_with_errno(path, "cannot be opened", errno);
  const struct stat status = status_of(file, path);
  if (!S_ISREG(status.st_mode)) {
    throw Error(path.string() + ": is not a regular file; give the path of a file on disk");
  }
  size_ = static_cast<size_t>(status.st_size);
  if (size_ == 0) return;  // mmap refuses empty ranges
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) fail_with_errno(path, "cannot be mapped into memory", errno);
  data_ = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace leakprobe
