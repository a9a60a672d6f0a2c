#include "sink_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

constexpr size_t kBufferBytes = 1 << 16;
/// A link may lead to somebody's file, and a pipe would wait for a reader.
constexpr int kOpenFlags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
/// Others follow a slow run.
constexpr auto kLongestWait = std::chrono::seconds(1);

const char* advice(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "; free space or choose another --out";
    case EFBIG:
      return "; raise the limit on the size of files (ulimit -f)";
    case EMFILE:
    case ENFILE:
      return "; raise the limit on open files (ulimit -n)";
    case ELOOP:
      return "; it is a link where a file of its own is needed: remove it";
    default:
      return "; choose another --out";
  }
}

}  // namespace

SinkFile::~SinkFile() {
  if (file_ < 0) return;
  try {
    flush();
  } catch (const Error&) {
    // Whoever needed these records to be safe asked for position() and got the error there.
  }
  ::close(file_);
}

void SinkFile::fail(const std::string& what) const {
  const int error_number = errno;
  throw Error(path_.string() + ": " + what + ": " + std::generic_category().message(error_number) +
              advice(error_number));
}

void SinkFile::open(std::filesystem::path path, int64_t position) {
  LEAKPROBE_CHECK(file_ < 0, "a sink was opened twice");
  path_ = std::move(path);
  file_ = ::open(path_.c_str(), kOpenFlags, 0666);
  if (file_ < 0) fail("cannot be opened for writing");
  struct stat status {};
  if (::fstat(file_, &status) != 0) fail("cannot be examined");
  if (!S_ISREG(status.st_mode)) {
    throw Error(path_.string() + ": is not a regular file; remove it");
  }
  if (status.st_size < position) {
    throw Error(path_.string() + ": has " + std::to_string(status.st_size) +
                " bytes where the saved state knows of " + std::to_string(position) +
                ", so records were lost; start the run anew with --fresh");
  }
  if (::ftruncate(file_, position) != 0) fail("cannot be shortened");
  written_ = position;
}

void SinkFile::append(std::string_view bytes) {
  buffer_ += bytes;
  const bool late = std::chrono::steady_clock::now() - flushed_ > kLongestWait;
  if (late || buffer_.size() >= kBufferBytes) flush();
}

void SinkFile::flush() {
  size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t count = ::write(file_, buffer_.data() + done, buffer_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      buffer_.erase(0, done);
      fail("cannot be written");
    }
    done += static_cast<size_t>(count);
    written_ += count;
  }
  buffer_.clear();
  flushed_ = std::chrono::steady_clock::now();
}

int64_t SinkFile::position() {
  flush();
  if (::fsync(file_) != 0) fail("cannot be made safe on disk");
  return written_;
}

}  // namespace leakprobe
