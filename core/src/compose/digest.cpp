#include "compose/digest.h"

#include "format/sha256.h"

namespace leakprobe {

std::string composition_digest(const Value& resolved) {
  Value counted = resolved;
  for (const char* key : {"name", "seed", "threads", "sinks", "checkpoints"}) counted.erase(key);
  return sha256_hex(to_json(counted)).substr(0, 16);
}

}  // namespace leakprobe
