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

FileDescriptor open(const std::filesystem::path& path, const Written& written) {
  if (written.bytes > 0 && !is_taken(path)) {
    throw Error(path.string() + ": is gone, so records were lost; start the run anew with --fresh");
  }
  return open_for_appending(path);
}

}  // namespace

GrowingFile::GrowingFile(std::filesystem::path path, const Written& written)
    : path_(std::move(path)), file_(open(path_, written)), size_(written.bytes) {
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

void GrowingFile::append(std::string_view bytes) {
  pending_ += bytes;
  const bool late = std::chrono::steady_clock::now() - flushed_ > kLongestWait;
  if (late || pending_.size() >= kPendingBytes) flush();
}

void GrowingFile::append_line(const Value& record) { append(to_json(record) + '\n'); }

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
