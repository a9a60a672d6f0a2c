#include "format/line_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

constexpr size_t kChunk = size_t{1} << 16;

}  // namespace

LineReader::LineReader(std::filesystem::path path, int64_t position, int64_t lines)
    : path_(std::move(path)), file_(open_for_reading(path_)), position_(position), number_(lines) {
  const off_t end = ::lseek(file_.get(), 0, SEEK_END);
  if (end < 0 || ::lseek(file_.get(), position, SEEK_SET) < 0) {
    fail_with_errno(path_, "cannot be read", errno);
  }
  left_ = std::max<int64_t>(end - position, 0);
}

std::string LineReader::place() const { return path_.string() + ":" + std::to_string(number_); }

std::optional<std::string_view> LineReader::next() {
  size_t looked_at = used_;
  while (true) {
    const size_t end = buffer_.find('\n', looked_at);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(buffer_).substr(used_, end - used_);
      position_ += static_cast<int64_t>(line.size()) + 1;
      used_ = end + 1;
      ++number_;
      return line;
    }
    buffer_.erase(0, std::exchange(used_, 0));
    looked_at = buffer_.size();
    if (left_ == 0) return std::nullopt;
    if (buffer_.size() > kMostLineBytes) {
      ++number_;
      throw Error(place() + ": this line is longer than " + std::to_string(kMostLineBytes) +
                  " bytes; check that it is the right file");
    }
    buffer_.resize(looked_at + std::min<size_t>(kChunk, static_cast<size_t>(left_)));
    const size_t got =
        read_some(file_, path_, buffer_.data() + looked_at, buffer_.size() - looked_at);
    buffer_.resize(looked_at + got);
    left_ = got == 0 ? 0 : left_ - static_cast<int64_t>(got);
  }
}

}  // namespace leakprobe
