#include "records/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// A file that was removed while we waited for it is taken anew; but some file systems give a file
/// another number each time that somebody looks.
constexpr int kTriesToLock = 20;

FileDescriptor open_lock(const fs::path& folder) {
  const fs::path path = folder / kLockFile;
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
  if (errno != EWOULDBLOCK) fail_with_errno(folder / kLockFile, "cannot lock", errno);
  return false;
}

/// Whether the folder's lock is still this file: who held it may have removed it meanwhile.
bool is_in_place(const FileDescriptor& file, const fs::path& folder) {
  struct stat held {
  }, there{};
  return ::fstat(file.get(), &held) == 0 && ::lstat((folder / kLockFile).c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

/// Waits for the lock.
void wait_for(const FileDescriptor& file, const fs::path& folder, int operation) {
  while (::flock(file.get(), operation) != 0) {
    if (errno != EINTR) fail_with_errno(folder / kLockFile, "cannot lock", errno);
  }
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, Kind kind) {
  const int operation = kind == Kind::shared ? LOCK_SH : LOCK_EX;
  for (int tries = 0; tries < kTriesToLock; ++tries) {
    file_ = open_lock(folder);
    wait_for(file_, folder, operation);
    if (is_in_place(file_, folder)) return;
  }
}

std::optional<FolderLock> FolderLock::try_exclusive(const fs::path& folder) {
  FileDescriptor file;
  for (int tries = 0; tries < kTriesToLock; ++tries) {
    file = open_lock(folder);
    if (!try_lock(file, folder, LOCK_EX)) return std::nullopt;
    if (is_in_place(file, folder)) break;
  }
  return FolderLock(std::move(file));
}

bool FolderLock::is_held(const fs::path& folder) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const FileDescriptor file(::open((folder / kLockFile).c_str(), kFlags));
  // A shared lock, so that two who ask do not see each other.
  return file.is_open() && !try_lock(file, folder, LOCK_SH);
}

}  // namespace leakprobe
