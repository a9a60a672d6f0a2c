#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "format/content_hash.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// How far a file was written, and what stood there.
struct Written {
  int64_t bytes = 0;
  std::string hash;  ///< ContentHash of these bytes

  Value to_value() const;
  /// What `to_value` gave. Throws Error where it is anything else.
  static Written of(const Value& saved);
};

/// By name within a run directory.
using WrittenFiles = std::map<std::string, Written>;
Value to_value(const WrittenFiles& files);
/// What `to_value` gave. Throws Error where it is anything else, or a name leads out of the
/// directory.
WrittenFiles written_files(const Value& saved);

/// A regular file as it is now. Throws Error where it cannot be read.
Written written_now(const std::filesystem::path& file);
/// Adds all files in a folder of `directory`, however deep; none where there is no such folder.
void add_folder(WrittenFiles& files, const std::filesystem::path& directory,
                const std::filesystem::path& folder);

/// Hashes the beginning of a file into `hash`. Throws Error, telling to start anew, where the file
/// is shorter or holds something else up to there.
void require_begin(const std::filesystem::path& file, const Written& written, ContentHash& hash);

/// Whether a name from a file that anybody may have written stays within its folder.
bool stays_inside(const std::filesystem::path& name);

}  // namespace leakprobe
