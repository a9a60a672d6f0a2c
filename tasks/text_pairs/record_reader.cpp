#include "record_reader.h"

#include <utility>

#include "leakprobe/error.h"

namespace leakprobe::text_pairs {
namespace {

constexpr size_t kPart = size_t{1} << 20;
constexpr size_t kLongestRecord = size_t{1} << 28;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

RecordReader::RecordReader(const DataFile& file, bool quoted_lines)
    : file_(file), quoted_lines_(quoted_lines) {
  read_on();
  if (buffer_.starts_with(kByteOrderMark)) begin_ = looked_at_ = kByteOrderMark.size();
}

bool RecordReader::read_on() {
  buffer_.erase(0, begin_);
  offset_ += begin_;
  looked_at_ -= begin_;
  begin_ = 0;
  if (buffer_.size() > kLongestRecord) {
    throw Error(file_.source() + ":" + std::to_string(line_) + ": a record of more than " +
                std::to_string(kLongestRecord >> 20) + " MiB begins here" +
                (quoted_lines_ ? "; is its last quote missing?" : "; no text is so long"));
  }
  const std::string part = file_.read(offset_ + buffer_.size(), kPart);
  buffer_ += part;
  return !part.empty();
}

size_t RecordReader::find_end() {
  while (true) {
    const size_t found =
        quoted_lines_ ? buffer_.find_first_of("\"\n", looked_at_) : buffer_.find('\n', looked_at_);
    looked_at_ = found == std::string::npos ? buffer_.size() : found + 1;
    if (found == std::string::npos) return found;
    if (buffer_[found] == '"') {
      in_quotes_ = !in_quotes_;
      continue;
    }
    ++lines_;
    if (!in_quotes_) return found;
  }
}

bool RecordReader::next(Found& found) {
  line_ += std::exchange(lines_, 0);
  size_t end = find_end();
  while (end == std::string::npos && read_on()) end = find_end();
  const bool is_last = end == std::string::npos;
  if (is_last) end = buffer_.size();
  if (is_last && begin_ == end) return false;
  found.bytes = std::string_view(buffer_).substr(begin_, end - begin_);
  if (found.bytes.ends_with('\r')) found.bytes.remove_suffix(1);
  found.offset = offset_ + begin_;
  found.line = line_;
  begin_ = is_last ? end : end + 1;
  in_quotes_ = false;
  return true;
}

}  // namespace leakprobe::text_pairs
