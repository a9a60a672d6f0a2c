#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// {name: {bytes, xxh3_128}} of the files of a run directory that conclusions are drawn from,
/// checkpoints among them; for its status.json when the run is complete.
Value manifest_of(const std::filesystem::path& directory);

/// Names of those that are no longer what they were when the run was complete; one that is gone
/// says nothing wrong. Checkpoints are read where asked for. Throws Error where status.json cannot
/// be read.
std::vector<std::string> altered_files(const std::filesystem::path& directory, bool checkpoints);

/// "result.json and ledger.json were altered after the run was complete"
std::string altered_text(const std::vector<std::string>& names);

}  // namespace leakprobe
