#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace leakprobe {

/// Whether a folder is that of a run: finished, begun, or one that still makes its model. A folder
/// with an experiment called config.yaml is none.
bool is_run_directory(const std::filesystem::path& folder);

/// The runs at or below a folder, by path. What lies in a run's own folder belongs to it, and
/// hidden folders and symbolic links are passed over. A folder that cannot be read becomes a note,
/// and so does a sweep's, whose runs are found without the sweep's labels.
std::vector<std::filesystem::path> find_run_directories(const std::filesystem::path& folder,
                                                        std::vector<std::string>& notes);

}  // namespace leakprobe
