#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// The path that means standard input, and what places call it.
inline constexpr const char* kStandardInput = "-";
inline constexpr const char* kStandardInputName = "<standard input>";

/// Reads an experiment file, or standard input, takes over what its `extends` name (in any mapping,
/// relative to the file they stand in), and applies the overrides "key=value" in their order. No
/// mapping of the outcome has a null, but for those in `sweep`, which stays as it is (see sweep.h).
///
/// Everything that is wrong is reported: missing and unreadable files, circles, whatever
/// `parse_yaml` and `assign` refuse. Places name files as `path` does. null where nothing could be
/// read; otherwise a mapping that can be checked further although there were errors.
Value load_experiment(const std::filesystem::path& path, const std::vector<std::string>& overrides,
                      Diagnostics& diagnostics);

}  // namespace leakprobe
