#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "format/content_hash.h"
#include "format/files.h"
#include "leakprobe/value.h"
#include "records/written.h"

namespace leakprobe {

/// A file of a run that grows; after a resume it continues where the saved state ends. What is
/// appended waits in memory for up to a second, so that a step costs no system call.
class GrowingFile {
 public:
  /// Cuts the file behind what was written, of a new run before its first byte. Throws Error where
  /// it is gone or shorter, so that records were lost, or holds something else.
  GrowingFile(std::filesystem::path path, const Written& written);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  void append(std::string_view bytes);
  /// Appends the record as a line of JSON.
  void append_line(const Value& record);
  /// Syncs to disk.
  Written written();

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  std::string pending_;
  int64_t size_ = 0;
  ContentHash hash_;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
  void flush();
};

}  // namespace leakprobe
