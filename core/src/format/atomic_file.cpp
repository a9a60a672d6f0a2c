#include "format/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

constexpr std::string_view kTemporaryBegin = ".leakprobe-", kTemporaryEnd = ".tmp";

// Not made from the target's name, which may already be as long as a name can be.
std::string temporary_name() {
  static std::atomic<unsigned> counter{0};
  return std::string(kTemporaryBegin) + std::to_string(::getpid()) + "-" +
         std::to_string(counter++) + std::string(kTemporaryEnd);
}

/// The process whose temporary file has this name; nothing where it is no such name.
std::optional<pid_t> owner_of_temporary(std::string_view name) {
  if (!name.starts_with(kTemporaryBegin) || !name.ends_with(kTemporaryEnd)) return std::nullopt;
  name.remove_prefix(kTemporaryBegin.size());
  name.remove_suffix(kTemporaryEnd.size());
  pid_t owner = 0;
  unsigned number = 0;
  const char* const end = name.data() + name.size();
  const auto [dash, no_owner] = std::from_chars(name.data(), end, owner);
  if (no_owner != std::errc() || dash == end || *dash != '-') return std::nullopt;
  const auto [last, no_number] = std::from_chars(dash + 1, end, number);
  if (no_number != std::errc() || last != end) return std::nullopt;
  return owner;
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
  write_all(file_, path_, bytes);
}

void AtomicFile::commit() {
  LEAKPROBE_CHECK(file_.is_open(), "AtomicFile::commit called twice");
  if (::fsync(file_.get()) != 0) fail_with_errno(path_, "cannot be written to disk", errno);
  if (const int error_number = file_.close()) {
    fail_with_errno(path_, "cannot be written to disk", error_number);
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail_with_errno(path_, "cannot be put in place", errno);
  }
  temporary_.clear();
  sync_folder(folder_of(path_));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void remove_temporary_files(const std::filesystem::path& folder) {
  std::error_code ignored;  // what stays costs space alone
  for (std::filesystem::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const auto owner = owner_of_temporary(entry->path().filename().string());
    if (!owner) continue;
    // EPERM: it lives and is another user's.
    const bool lives = ::kill(*owner, 0) == 0 || errno != ESRCH;
    if (lives && *owner != ::getpid()) continue;
    ::unlink(entry->path().c_str());
  }
}

}  // namespace leakprobe
