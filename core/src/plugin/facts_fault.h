#pragma once

#include <any>
#include <string>

#include "leakprobe/kind.h"

namespace leakprobe {

/// What cannot be in `facts`, the facts of a plugin of this kind, such as "its facts name no
/// column"; "" where nothing is wrong. The engine counts on what passed.
std::string fault_of_facts(Kind kind, const std::any& facts);

}  // namespace leakprobe
