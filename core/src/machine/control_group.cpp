#include "machine/control_group.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// This process's control group, as a path below the folder of all groups.
fs::path control_group(const fs::path& root) {
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return {};
}

}  // namespace

std::optional<double> least_limit(
    const fs::path& root, const std::function<std::optional<double>(const fs::path&)>& limit_of) {
  fs::path folder = root / "sys/fs/cgroup";
  std::optional<double> least = limit_of(folder);
  for (const fs::path& part : control_group(root)) {
    folder /= part;
    const std::optional<double> limit = limit_of(folder);
    if (limit) least = least ? std::min(*least, *limit) : *limit;
  }
  return least;
}

}  // namespace leakprobe
