#include "host/threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

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

/// What a folder's cpu.max says: "max 100000" or microseconds of each period.
std::optional<double> share_of(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  double time = 0;
  double period = 0;
  if (!(file >> time >> period) || time <= 0 || period <= 0) return std::nullopt;
  return time / period;
}

int64_t within_share(int64_t threads) {
  const std::optional<double> share = processor_share();
  if (share) threads = std::min(threads, static_cast<int64_t>(std::ceil(*share)));
  return std::max(threads, int64_t{1});
}

}  // namespace

std::optional<double> processor_share(const fs::path& root) {
  const fs::path groups = root / "sys/fs/cgroup";
  fs::path folder = groups;
  std::optional<double> least = share_of(folder);
  for (const fs::path& part : control_group(root)) {
    folder /= part;
    const std::optional<double> share = share_of(folder);
    if (share) least = least ? std::min(*least, *share) : *share;
  }
  return least;
}

int64_t default_threads() {
  // Asked once: afterwards LibTorch's number is what a run has set. It is not its
  // intraop_default_num_threads(), which also counts cores that this process may not use.
  static const int64_t threads = within_share(at::get_num_threads());
  return threads;
}

int64_t processors() { return within_share(std::thread::hardware_concurrency()); }

}  // namespace leakprobe
