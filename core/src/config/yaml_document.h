#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// What reading may still use up: every value counts, those that aliases and `extends` repeat too.
struct YamlBudget {
  size_t values = 100'000;
  size_t text_bytes = size_t{1} << 23;
  size_t files = 1000;

  /// Takes what `value` needs; false where that is not left.
  bool take(const Value& value);
};

/// Mappings and lists inside one another.
inline constexpr int kMaxYamlDepth = 64;
/// The largest file that is read.
inline constexpr size_t kMaxYamlBytes = size_t{1} << 20;

/// Reads one YAML document (UTF-8; CRLF and a byte order mark are tolerated) strictly; `file` is
/// its name in places. Reported are duplicate, empty, complex and non-text keys, `<<`, tags,
/// further documents, aliases to themselves, NUL and other control characters, tabs as indentation,
/// unclosed quotation marks, numbers that do not fit, and what exceeds the budget or the depth; all
/// of these at once where the text still has a structure. A key without a value counts as null,
/// with a warning.
///
/// Nothing where the text has no structure. See `plain_scalar` for what scalars mean.
std::optional<Value> parse_yaml(std::string_view bytes, const std::string& file,
                                Diagnostics& diagnostics, YamlBudget& budget);

}  // namespace leakprobe
