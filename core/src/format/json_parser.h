#pragma once

#include <string>
#include <string_view>

#include "format/json.h"

namespace leakprobe {

/// The document as a tree; see JsonValue::parse for what is refused.
Json parse_json(std::string_view text, const std::string& source, const JsonRules& rules);

}  // namespace leakprobe
