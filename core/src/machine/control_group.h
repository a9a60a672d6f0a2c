#pragma once

#include <filesystem>
#include <functional>
#include <optional>

namespace leakprobe {

/// The least of what `limit_of` finds in the folders of this process's control group and of those
/// above it (docker --cpus and --memory, Kubernetes' limits, Slurm; cgroup version 2). Nothing
/// where none of them has such a limit. `root` is the folder that holds proc and sys.
std::optional<double> least_limit(
    const std::filesystem::path& root,
    const std::function<std::optional<double>(const std::filesystem::path& group)>& limit_of);

}  // namespace leakprobe
