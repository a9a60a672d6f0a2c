#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "format/files.h"

namespace leakprobe {

/// Reads a file line by line, whatever its size, and holds no more of it than one line.
class LineReader {
 public:
  /// A longer line is an Error.
  static constexpr size_t kMostLineBytes = size_t{1} << 24;

  /// Begins at byte `position`, behind `lines` lines, and ends where the file ends now, though it
  /// may grow meanwhile. Throws Error where it cannot be read.
  explicit LineReader(std::filesystem::path path, int64_t position = 0, int64_t lines = 0);

  /// The next line without its newline, until the next call; nothing at the end. A last line
  /// without a newline is still being written, or was cut off, and is left out. Throws Error.
  std::optional<std::string_view> next();

  /// The byte behind the last line given.
  int64_t position() const { return position_; }
  /// The number of the last line given; of the file's first it is 1.
  int64_t number() const { return number_; }
  /// "<path>:<number>"
  std::string place() const;

 private:
  const std::filesystem::path path_;
  const FileDescriptor file_;
  int64_t position_;
  int64_t number_;
  int64_t left_ = 0;  ///< bytes that are not read yet
  std::string buffer_;
  size_t used_ = 0;  ///< of the buffer: given
};

}  // namespace leakprobe
