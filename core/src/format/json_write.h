#pragma once

#include <filesystem>
#include <string>

#include "format/json.h"

namespace leakprobe {

/// JSON text: on one line without spaces where `indent` is negative (for JSON Lines), else with
/// that many spaces a level. Doubles are written as the shortest text that reads back equal, and
/// always look like doubles ("1.0").
///
/// Throws Error naming the path for NaN and infinity, which JSON cannot write, and for strings that
/// are not UTF-8.
std::string dump_json(const Json& value, int indent = -1);
std::string dump_json(const OrderedJson& value, int indent = -1);

/// Writes it indented by two, with a newline at the end, complete or not at all. Throws Error.
void write_json(const std::filesystem::path& path, const Json& value);
void write_json(const std::filesystem::path& path, const OrderedJson& value);

}  // namespace leakprobe
