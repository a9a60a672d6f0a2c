#include "leakprobe/rows.h"

#include <xxhash.h>

#include "leakprobe/error.h"

namespace leakprobe {

uint64_t Row::id() const {
  LEAKPROBE_CHECK(secret.begin >= 0 && secret.begin <= secret.end &&
                      secret.end <= static_cast<int64_t>(tokens.size()),
                  "a row's secret lies outside of its tokens");
  return XXH3_64bits(tokens.data() + secret.begin,
                     static_cast<size_t>(secret.end - secret.begin) * sizeof(int64_t));
}

}  // namespace leakprobe
