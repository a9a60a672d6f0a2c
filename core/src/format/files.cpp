#include "format/files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

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
      return "; free some memory, or raise the limit on it (ulimit -v)";
    case ENAMETOOLONG:
      return "; choose a shorter name";
    case EFBIG:
      return "; raise the limit on the size of files (ulimit -f)";
    case ELOOP:
      return "; links lead in a circle here";
    default:
      return "";
  }
}

struct stat status_of(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_with_errno(path, "cannot be examined", errno);
  return status;
}

/// What something is that is no file on disk: "a pipe"; "" for a file.
std::string_view odd_kind(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "";
    case S_IFDIR:
      return "a folder";
    case S_IFIFO:
      return "a pipe";
    case S_IFSOCK:
      return "a socket";
    default:
      return "a device";
  }
}

/// "is a pipe where a file is needed"
std::string in_place_of_a_file(std::string_view kind) {
  return "is " + std::string(kind) + " where a file is needed";
}

void require_file(const struct stat& status, const std::filesystem::path& path) {
  const std::string_view kind = odd_kind(status.st_mode);
  if (kind.empty()) return;
  throw Error(
      path.string() + ": " + in_place_of_a_file(kind) +
      (S_ISDIR(status.st_mode) ? "; give the file in it" : "; give the path of a file on disk"));
}

/// "is a link to x, which is not there"
std::string leads_nowhere(const std::filesystem::path& target) {
  return "is a link to " + target.string() + ", which is not there";
}

/// "<what>: <the text of errno>", with what to do where that is known.
std::string errno_words(std::string_view what, int error_number) {
  return std::string(what) + ": " + std::generic_category().message(error_number) +
         std::string(advice(error_number));
}

/// Files of the kernel say that they are regular, and may wait for ever all the same.
void require_disk(const FileDescriptor& file, const std::filesystem::path& path) {
  struct statfs system {};
  if (::fstatfs(file.get(), &system) != 0) return;
  if (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC) {
    throw Error(path.string() +
                ": is a file that the kernel makes up; give the path of a file on disk");
  }
}

/// The rest of a file; `expected` bytes, which is only a hint, since a file may grow.
std::string read_to_end(const FileDescriptor& file, const std::filesystem::path& path,
                        size_t expected, size_t max_bytes) {
  const auto refuse_over_limit = [&](size_t size) {
    if (size > max_bytes) {
      throw Error(path.string() + ": is larger than " + std::to_string(max_bytes) +
                  " bytes, the most that is read here; check that it is the right file");
    }
  };
  refuse_over_limit(expected);
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

constexpr std::string_view kAnnexObjects = "/annex/objects/";

/// What version control of large files leaves in the place of one that was not fetched.
void refuse_pointer(std::string_view bytes, const std::filesystem::path& path) {
  const auto refuse = [&](const char* what, const std::string& how) {
    throw Error(path.string() + ": is a " + what + ", not the file itself; " + how);
  };
  if (bytes.starts_with("version https://git-lfs.github.com/spec/")) {
    refuse("Git LFS pointer", "fetch it with: git lfs pull");
  }
  if (bytes.starts_with(kAnnexObjects)) {
    refuse("git-annex pointer", "fetch it with: git annex get " + path.filename().string());
  }
  constexpr size_t kMostPointerBytes = 4096;
  const std::string_view begin = bytes.substr(0, kMostPointerBytes);
  if (path.extension() == ".dvc" && begin.find("outs:") != begin.npos &&
      begin.find("md5:") != begin.npos) {
    refuse("DVC pointer", "fetch the file with: dvc pull " + path.filename().string() +
                              ", and name it without '.dvc'");
  }
}

/// Whether the file would be one of a snapshot of the Hugging Face cache of which something was
/// downloaded in part.
bool is_of_broken_download(const std::filesystem::path& path) {
  const std::filesystem::path snapshots = path.parent_path().parent_path();
  if (snapshots.filename() != "snapshots") return false;
  std::error_code failure;
  std::filesystem::directory_iterator blob(snapshots.parent_path() / "blobs", failure);
  for (const std::filesystem::directory_iterator end; !failure && blob != end;
       blob.increment(failure)) {
    if (blob->path().extension() == ".incomplete") return true;
  }
  return false;
}

}  // namespace

std::string why_absent(const std::filesystem::path& path) {
  std::error_code failure;
  const std::string name = path.filename().string();
  const std::filesystem::path target = std::filesystem::read_symlink(path, failure);
  if (target.string().find(kAnnexObjects) != std::string::npos) {
    return path.string() +
           ": is a link of git-annex to contents that are not here; fetch them with: git annex "
           "get " +
           name;
  }
  if (target.string().find("/blobs/") != std::string::npos || is_of_broken_download(path)) {
    return path.string() +
           ": was not downloaded to its end into the Hugging Face cache; download the model "
           "again, which goes on where it was interrupted";
  }
  if (!failure) {
    return path.string() + ": " + leads_nowhere(target) + "; check the link";
  }
  std::filesystem::path dvc = path;
  dvc += ".dvc";
  if (!is_there(dvc)) return "";
  return path.string() + ": is not there, and " + name +
         ".dvc beside it is; fetch the file with: dvc pull " + name + ".dvc";
}

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
  const std::string sentence = path.string() + ": " + errno_words(what, error_number);
  if (error_number == ENOMEM) throw OutOfMemory(sentence);
  throw Error(sentence);
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool is_taken(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

std::string why_no_file(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    const std::string_view kind = odd_kind(status.st_mode);
    return kind.empty() ? "" : in_place_of_a_file(kind);
  }
  const int error_number = errno;
  std::error_code no_link;
  const std::filesystem::path target = std::filesystem::read_symlink(path, no_link);
  if (no_link) return "";
  return error_number == ENOENT ? leads_nowhere(target)
                                : errno_words("is a link that cannot be followed", error_number);
}

void require_file(const FileDescriptor& file, const std::filesystem::path& path) {
  require_file(status_of(file, path), path);
}

void require_folder(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) throw Error(path.string() + ": there is no such folder");
    fail_with_errno(path, "cannot be looked into", errno);
  }
  if (!S_ISDIR(status.st_mode)) throw Error(path.string() + ": is no folder");
  if (::access(path.c_str(), R_OK | X_OK) != 0) {
    fail_with_errno(path, "cannot be looked into", errno);
  }
}

void refuse_link(const std::filesystem::path& path, std::string_view what) {
  std::error_code ignored;
  if (!std::filesystem::is_symlink(path, ignored)) return;
  throw Error(path.string() + ": is a link where a " + std::string(what) +
              " of its own is needed; remove it");
}

std::string why_no_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (std::filesystem::path at = folder; at.has_relative_path(); at = at.parent_path()) {
    if (!std::filesystem::exists(std::filesystem::symlink_status(at, ignored))) continue;
    if (std::filesystem::is_directory(at, ignored)) return "";
    struct stat status {};
    if (::stat(at.c_str(), &status) != 0) {
      return at.string() + ": is a link that leads nowhere; remove it or choose another folder";
    }
    const std::string_view kind = odd_kind(status.st_mode);
    return at.string() + ": is " + std::string(kind.empty() ? "a file" : kind) +
           " where a folder is needed; choose another folder";
  }
  return "";
}

void create_folders(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (!failure) return;
  if (std::string what = why_no_folder(folder); !what.empty()) throw Error(what);
  fail_with_errno(folder, "cannot be created", failure.value());
}

FileDescriptor open_for_reading(const std::filesystem::path& path) {
  // Asked before, because opening alone makes some devices do something.
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) require_file(status, path);
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    const int error_number = errno;
    const std::string why = error_number == ENOENT ? why_absent(path) : "";
    if (!why.empty()) throw Error(why);
    fail_with_errno(path, "cannot be opened", error_number);
  }
  require_file(file, path);
  require_disk(file, path);
  return file;
}

FileDescriptor open_for_appending(const std::filesystem::path& path) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  FileDescriptor file(::open(path.c_str(), kFlags, 0666));
  if (!file.is_open()) {
    const int error_number = errno;
    if (error_number == ELOOP) refuse_link(path, "file");
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) require_file(status, path);
    fail_with_errno(path, "cannot be opened for writing", error_number);
  }
  require_file(file, path);
  return file;
}

void write_all(const FileDescriptor& file, const std::filesystem::path& path,
               std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_with_errno(path, "cannot be written", errno);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
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
  std::string bytes =
      read_to_end(file, path, static_cast<size_t>(status_of(file, path).st_size), max_bytes);
  refuse_pointer(bytes, path);
  return bytes;
}

std::string read_standard_input(size_t max_bytes) {
  const FileDescriptor input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!input.is_open()) fail_with_errno("standard input", "cannot be read", errno);
  return read_to_end(input, "standard input", 0, max_bytes);
}

namespace {

/// What is mapped, for a signal handler. An entry is taken by `path`, and holds once `begin` is
/// set.
struct Mapping {
  std::atomic<const char*> path = nullptr;
  std::atomic<const std::byte*> begin = nullptr;
  std::atomic<size_t> size = 0;
};
std::array<Mapping, 512> mappings;

void remember(const std::byte* begin, size_t size, const char* path) {
  for (Mapping& mapping : mappings) {
    const char* nothing = nullptr;
    if (!mapping.path.compare_exchange_strong(nothing, path)) continue;
    mapping.size = size;
    mapping.begin = begin;
    return;
  }
}

void forget(const std::byte* begin) {
  for (Mapping& mapping : mappings) {
    if (mapping.begin != begin) continue;
    mapping.begin = nullptr;
    mapping.path = nullptr;
    return;
  }
}

}  // namespace

const char* mapped_file_at(const void* address) noexcept {
  const auto at = reinterpret_cast<uintptr_t>(address);
  for (const Mapping& mapping : mappings) {
    const auto begin = reinterpret_cast<uintptr_t>(mapping.begin.load());
    if (begin != 0 && at >= begin && at - begin < mapping.size) return mapping.path;
  }
  return nullptr;
}

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path.string()) {
  const FileDescriptor file = open_for_reading(path);
  size_ = static_cast<size_t>(status_of(file, path).st_size);
  if (size_ == 0) return;  // mmap refuses empty ranges
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (mapped == MAP_FAILED) fail_with_errno(path, "cannot be mapped into memory", errno);
  data_ = static_cast<const std::byte*>(mapped);
  try {
    refuse_pointer({static_cast<const char*>(mapped), size_}, path);
  } catch (const Error&) {
    ::munmap(mapped, size_);
    throw;
  }
  remember(data_, size_, path_.c_str());
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  forget(data_);
  ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace leakprobe
