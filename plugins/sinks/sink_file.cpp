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
/// Others follow a slow run.
constexpr auto kLongestWait = std::chrono::seconds(1);

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
  throw Error(path_.string() + ": " + what + ": " + std::generic_category().message(errno) +
              "; free space or choose another --out");
}

void SinkFile::open(std::filesystem::path path, int64_t position) {
  LEAKPROBE_CHECK(file_ < 0, "a sink was opened twice");
  path_ = std::move(path);
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) fail("cannot be opened for writing");
  struct stat status {};
  if (::fstat(file_, &status) != 0) fail("cannot be examined");
  if (status.st_size < position) {
    throw Error(path_.string() + ": has " + std::to_string(status.st_size) +
                " bytes where the saved state knows of " + std::to_string(position) +
                ", so records were lost; start the run anew");
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
