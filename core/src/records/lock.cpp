#include "records/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

FileDescriptor open_lock(const fs::path& folder) {
  const fs::path path = folder / ".lock";
  constexpr int kFlags = O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  FileDescriptor file(::open(path.c_str(), kFlags, 0644));
  if (file.is_open()) {
    require_file(file, path);
    return file;
  }
  const int error_number = errno;
  if (error_number == ELOOP) refuse_link(path, "file");
  fail_with_errno(path, "cannot open the lock", error_number);
}

/// False where another process holds it.
bool try_lock(const FileDescriptor& file, const fs::path& folder, int operation) {
  if (::flock(file.get(), operation | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) fail_with_errno(folder / ".lock", "cannot lock", errno);
  return false;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, Kind kind) : file_(open_lock(folder)) {
  const int operation = kind == Kind::shared ? LOCK_SH : LOCK_EX;
  while (::flock(file_.get(), operation) != 0) {
    if (errno != EINTR) fail_with_errno(folder / ".lock", "cannot lock", errno);
  }
}

std::optional<FolderLock> FolderLock::try_exclusive(const fs::path& folder) {
  FileDescriptor file = open_lock(folder);
  if (!try_lock(file, folder, LOCK_EX)) return std::nullopt;
  return FolderLock(std::move(file));
}

bool FolderLock::is_held(const fs::path& folder) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const FileDescriptor file(::open((folder / ".lock").c_str(), kFlags));
  // A shared lock, so that two who ask do not see each other.
  return file.is_open() && !try_lock(file, folder, LOCK_SH);
}

}  // namespace leakprobe
