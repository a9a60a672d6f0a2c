#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "format/json.h"

namespace leakprobe {

/// The evaluation that a line of metrics.jsonl tells of; nothing where its record is of another
/// kind. Throws Error, naming `place`, where it holds no record.
std::optional<JsonValue> evaluation_in(std::string_view line, const std::string& place);

}  // namespace leakprobe
