#pragma once

#include <string>

#include "leakprobe/value.h"

namespace leakprobe {

/// A resolved composition without what does not change its outcome or is told apart elsewhere:
/// name, seed, threads, sinks, checkpoints, and where plugin libraries lie.
Value counted_part(const Value& resolved);

/// 16 hex digits of SHA-256 over that part, whatever the order of its keys but for maps that are
/// ordered. What its paths hold is not looked at: `identify` does so.
std::string composition_digest(const Value& resolved);

/// 16 hex digits of SHA-256 over a value; the order of keys counts in ordered maps alone.
std::string short_digest(const Value& value);

}  // namespace leakprobe
