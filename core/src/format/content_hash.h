#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace leakprobe {

/// XXH3-128 of bytes that come in pieces: tells one content from another, whoever means no harm.
class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  void update(std::string_view bytes);
  /// Of all bytes so far, as 32 lower-case hexadecimal digits.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The ContentHash of a regular file. That of a large one is kept in the user's cache folder
/// ($XDG_CACHE_HOME or ~/.cache, leakprobe/hashes) beside its size, inode and times, and the file
/// is not read again until one of these has changed. Throws Error where it cannot be read.
std::string hash_of_file(const std::filesystem::path& path);

}  // namespace leakprobe
