#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "format/json.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// A JSON document as the tree that experiments are read into: nothing that comes later need know
/// which of both it was. Keys are sorted. Its maps and lists know file and path, so that the Error
/// of a getter reads "runs/x/ledger.json: columns[2].weight: expected a number, found 'x'".
///
/// Throws Error as JsonValue::parse does, and where an integer is beyond int64 or there are more
/// than kMostJsonValues.
Value value_of_json(std::string_view text, const std::string& source, JsonRules rules = {});
/// The same of a file, whose path is the source.
Value read_json(const std::filesystem::path& path, JsonRules rules = {});

/// A ledger of a hundred columns over sets of a hundred thousand rows has fewer.
inline constexpr size_t kMostJsonValues = size_t{1} << 24;

/// What was parsed already. Places as above.
Value to_value(const JsonValue& json);

}  // namespace leakprobe
