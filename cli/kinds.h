#pragma once

#include <string>

#include "leakprobe/kind.h"

namespace leakprobe::cli {

/// The kind of plugin that an argument names: "task", or "tasks". Throws UsageError with a
/// suggestion where there is none.
Kind kind_named(const std::string& name);

}  // namespace leakprobe::cli
