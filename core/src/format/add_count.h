#pragma once

#include <cstdint>
#include <string>

#include "format/json.h"

namespace leakprobe {

/// As many as a double still tells apart, and far more than any run makes.
inline constexpr int64_t kMostCounted = int64_t{1} << 53;

/// Adds the count under `key` of an entry that anybody may have written. Throws Error, naming file
/// and entry, where it is no count or the sum is beyond kMostCounted.
inline void add_count(int64_t& sum, const JsonValue& entry, const std::string& key) {
  const int64_t count = entry.get_int(key, 0, kMostCounted);
  if (count > kMostCounted - sum) {
    entry.at(key).fail("makes more than can be counted, with those before it");
  }
  sum += count;
}

}  // namespace leakprobe
