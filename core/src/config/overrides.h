#pragma once

#include <optional>
#include <string>

#include "config/yaml_document.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// "key=value" from the command line.
struct Override {
  std::string path;  ///< dotted, see `assign`
  Value value;       ///< null removes
};

/// Reads an override; its value is YAML on one line: `0.1`, `[1, 2]`, `{type: npo}`, `null`.
/// The place of the value and of all below it is "<command line> key=value". Nothing where
/// something was wrong: then it has been reported.
std::optional<Override> parse_override(const std::string& text, Diagnostics& diagnostics,
                                       YamlBudget& budget);

}  // namespace leakprobe
