#pragma once

#include <string_view>

namespace leakprobe::host {

/// What is said where memory runs out.
inline constexpr const char* kOutOfMemory =
    "out of memory; use a smaller batch or model, end other programs, or raise the limit on memory "
    "(ulimit -v)";

/// Whether what LibTorch or the system's loader says of a failure means that there was no memory,
/// for which neither has a type.
inline bool means_no_memory(std::string_view words) {
  // The loader gives no reason where the system had no memory, and one behind a colon otherwise.
  if (words.ends_with("failed to map segment from shared object")) return true;
  if (words.find("static TLS") != words.npos) return false;  // a table of a fixed size is full
  for (const char* part : {"not enough memory", "annot allocate memory", "an't allocate memory",
                           "out of memory", "cannot map zero-fill pages"}) {
    if (words.find(part) != words.npos) return true;
  }
  return false;
}

}  // namespace leakprobe::host
