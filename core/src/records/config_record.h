#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "compose/file_names.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// config.yaml: the resolved experiment of a run, as it stands, whatever plugins are there.
struct ConfigRecord {
  Value experiment;
  std::string name;
  int64_t seed = 0;
  std::vector<std::string> phases;  ///< their names, in their order
};

/// Throws Error that names file and place where a directory has none, or it is no experiment that
/// was resolved.
ConfigRecord read_config(const std::filesystem::path& directory);

}  // namespace leakprobe
