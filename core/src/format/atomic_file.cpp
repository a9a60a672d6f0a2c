#include "format/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// Not made from the target's name, which may already be as long as a name can be.
std::string temporary_name() {
  static std::atomic<unsigned> counter{0};
  return ".leakprobe-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
}

void sync_folder(const std::filesystem::path& folder) {
  FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) fail_with_errno(folder, "cannot be opened", errno);
  // Some file systems cannot sync a folder and say so with EINVAL; nothing is lost there.
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    fail_with_errno(folder, "cannot be written to disk", errno);
  }
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  do {
    temporary_ = folder_of(path_) / temporary_name();
    file_ =
        FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  } while (!file_.is_open() && errno == EEXIST);  // left by a killed process with the same id
  if (!file_.is_open()) {
    const int error_number = errno;
    temporary_.clear();
    fail_with_errno(path_, "cannot be created", error_number);
  }
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  LEAKPROBE_CHECK(file_.is_open(), "AtomicFile::write after commit");
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_with_errno(path_, "cannot be written", errno);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void AtomicFile::commit(Durability durability) {
  LEAKPROBE_CHECK(file_.is_open(), "AtomicFile::commit called twice");
  const bool sync = durability == Durability::full;
  if (sync && ::fsync(file_.get()) != 0) fail_with_errno(path_, "cannot be written to disk", errno);
  if (const int error_number = file_.close()) {
    fail_with_errno(path_, "cannot be written to disk", error_number);
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail_with_errno(path_, "cannot be put in place", errno);
  }
  temporary_.clear();
  if (sync) sync_folder(folder_of(path_));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace leakprobe
