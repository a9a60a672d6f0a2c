#include "records/growing_file.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

constexpr size_t kPendingBytes = size_t{1} << 16;
/// Others follow a slow run.
constexpr auto kLongestWait = std::chrono::seconds(1);

}  // namespace

GrowingFile::GrowingFile(std::filesystem::path path, const Written& written)
    : path_(std::move(path)), file_(open_for_appending(path_)), size_(written.bytes) {
  if (!written.hash.empty()) require_begin(path_, written, hash_);
  if (::ftruncate(file_.get(), size_) != 0) fail_with_errno(path_, "cannot be cut", errno);
}

GrowingFile::~GrowingFile() {
  try {
    flush();
  } catch (const Error&) {
    // Whoever needed these records to be safe asked for written() and got the error there.
  }
}

void GrowingFile::write(const Value& record) {
  pending_ += to_json(record);
  pending_ += '\n';
  const bool late = std::chrono::steady_clock::now() - flushed_ > kLongestWait;
  if (late || pending_.size() >= kPendingBytes) flush();
}

void GrowingFile::flush() {
  // What failed once is not written a second time.
  const std::string bytes = std::exchange(pending_, {});
  write_all(file_, path_, bytes);
  hash_.update(bytes);
  size_ += static_cast<int64_t>(bytes.size());
  flushed_ = std::chrono::steady_clock::now();
}

Written GrowingFile::written() {
  flush();
  if (::fsync(file_.get()) != 0) fail_with_errno(path_, "cannot be written to disk", errno);
  return {size_, hash_.hex()};
}

}  // namespace leakprobe
