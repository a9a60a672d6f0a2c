#pragma once

#include <string>

#include "leakprobe/value.h"

namespace leakprobe {

/// 16 hex digits of SHA-256 over a resolved composition without what does not change its outcome
/// or is told apart elsewhere: name, seed, threads, sinks, checkpoints.
std::string composition_digest(const Value& resolved);

}  // namespace leakprobe
