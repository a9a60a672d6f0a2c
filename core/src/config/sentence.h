#pragma once

#include <string>

#include "leakprobe/diagnostic.h"

namespace leakprobe {

/// A diagnostic as a part of another message, in one line: "file:12:14: error: path: message;
/// hint".
std::string sentence_of(const Diagnostic& diagnostic);

}  // namespace leakprobe
