#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace leakprobe {

/// The file of a sink: appended to, and cut back to a position when a run is resumed. What is
/// appended waits in memory for up to a second, so that a step costs no system call.
class SinkFile {
 public:
  SinkFile() = default;
  ~SinkFile();
  SinkFile(const SinkFile&) = delete;
  SinkFile& operator=(const SinkFile&) = delete;

  /// Cuts the file to `position` bytes, creating it if need be. Throws Error where it cannot be
  /// written, or is shorter.
  void open(std::filesystem::path path, int64_t position);
  void append(std::string_view bytes);
  /// Makes everything appended safe on disk; the size in bytes.
  int64_t position();

 private:
  void flush();
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  int file_ = -1;
  int64_t written_ = 0;
  std::string buffer_;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
};

}  // namespace leakprobe
