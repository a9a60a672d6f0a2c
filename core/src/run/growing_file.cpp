#include "run/growing_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

constexpr size_t kPendingBytes = size_t{1} << 16;
/// Others follow a slow run.
constexpr auto kLongestWait = std::chrono::seconds(1);

}  // namespace

Value Written::to_value() const {
  Value value = Value::map();
  value.set("bytes", bytes);
  value.set("xxh3_128", hash);
  return value;
}

Written Written::of(const JsonValue& saved) {
  return {saved.get_int("bytes", 0), saved.get_string("xxh3_128")};
}

GrowingFile::GrowingFile(std::filesystem::path path, const Written& written)
    : path_(std::move(path)), file_(open_for_appending(path_)), size_(written.bytes) {
  const off_t end = ::lseek(file_.get(), 0, SEEK_END);
  if (end < 0) fail_with_errno(path_, "cannot be examined", errno);
  if (end < size_) {
    throw Error(path_.string() + ": has " + std::to_string(end) +
                " bytes where the saved state knows of " + std::to_string(size_) +
                ", so records were lost; start the run anew with --fresh");
  }
  if (size_ > 0) check_begin(written);
  if (::ftruncate(file_.get(), size_) != 0) fail_with_errno(path_, "cannot be cut", errno);
}

void GrowingFile::check_begin(const Written& written) {
  const FileDescriptor begin = open_for_reading(path_);
  std::vector<char> piece(kPendingBytes);
  for (int64_t left = size_; left > 0;) {
    const size_t want = std::min(piece.size(), static_cast<size_t>(left));
    const size_t got = read_some(begin, path_, piece.data(), want);
    if (got == 0) break;
    hash_.update({piece.data(), got});
    left -= static_cast<int64_t>(got);
  }
  if (hash_.hex() == written.hash) return;
  throw Error(path_.string() +
              ": was altered since the state was saved; start the run anew with --fresh");
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
