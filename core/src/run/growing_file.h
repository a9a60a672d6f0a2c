#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "format/content_hash.h"
#include "format/files.h"
#include "format/json.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// How far a growing file was written, and what stood there.
struct Written {
  int64_t bytes = 0;
  std::string hash;  ///< ContentHash of these bytes

  Value to_value() const;
  /// What `to_value` gave. Throws Error where it is anything else.
  static Written of(const JsonValue& saved);
};

/// A file of JSON Lines that grows; after a resume it continues where the saved state ends. What is
/// written waits in memory for up to a second, so that a step costs no system call.
class GrowingFile {
 public:
  /// Cuts the file behind what was written. Throws Error where it is shorter, so that records were
  /// lost, or holds something else.
  GrowingFile(std::filesystem::path path, const Written& written);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  void write(const Value& record);
  /// Syncs to disk.
  Written written();

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  std::string pending_;
  int64_t size_ = 0;
  ContentHash hash_;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
  void check_begin(const Written& written);
  void flush();
};

}  // namespace leakprobe
