#pragma once

#include <filesystem>
#include <vector>

namespace leakprobe {

/// The experiments that take a file over with `extends`, also by way of others: of the files beside
/// it and in the two folders above, those that none of these extends in turn. Sorted, and named
/// from where `file` is named. Files that cannot be read are passed over.
std::vector<std::filesystem::path> files_that_extend(const std::filesystem::path& file);

}  // namespace leakprobe
