#include "machine/machine.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

#include "machine/control_group.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// The text behind the first line of /proc/cpuinfo that begins with `key`.
std::string cpuinfo(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

/// "MemTotal:       24634120 kB" in bytes.
int64_t kibibytes(std::string_view line) {
  const size_t digit = line.find_first_of("0123456789");
  int64_t number = 0;
  if (digit != std::string_view::npos) {
    std::from_chars(line.data() + digit, line.data() + line.size(), number);
  }
  return number * 1024;
}

/// The number in a control group's file; nothing where it says "max" or is not there.
std::optional<double> bytes_in(const fs::path& file) {
  std::ifstream text(file);
  double bytes = 0;
  if (!(text >> bytes)) return std::nullopt;
  return bytes;
}

std::optional<double> memory_limit(const fs::path& group) { return bytes_in(group / "memory.max"); }

/// What may still be taken: cached files that nobody is using are given up for it.
std::optional<double> memory_left(const fs::path& group) {
  const std::optional<double> limit = memory_limit(group);
  if (!limit) return std::nullopt;
  double unused_cache = 0;
  std::ifstream statistics(group / "memory.stat");
  for (std::string key; statistics >> key;) {
    double bytes = 0;
    statistics >> bytes;
    if (key == "inactive_file") unused_cache = bytes;
  }
  const double used = bytes_in(group / "memory.current").value_or(0) - unused_cache;
  return std::max(*limit - std::max(used, 0.0), 0.0);
}

}  // namespace

std::string processor_name() {
  const std::string name = cpuinfo("model name");
  return name.empty() ? "unknown" : name;
}

std::vector<std::string> processor_extensions() {
  constexpr std::array<std::string_view, 7> kKnown = {
      "fma", "avx2", "avx512f", "avx512_bf16", "avx_vnni", "amx_tile", "amx_bf16"};
  std::istringstream flags(cpuinfo("flags"));
  std::vector<std::string> found;
  for (std::string flag; flags >> flag;) {
    if (std::find(kKnown.begin(), kKnown.end(), flag) != kKnown.end()) found.push_back(flag);
  }
  return found;
}

Memory main_memory(const fs::path& root) {
  Memory memory;
  std::ifstream file(root / "proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemTotal:")) memory.total = kibibytes(line);
    if (line.starts_with("MemAvailable:")) memory.available = kibibytes(line);
  }
  if (const auto limit = least_limit(root, memory_limit)) {
    memory.total = std::min(memory.total, static_cast<int64_t>(*limit));
  }
  if (const auto left = least_limit(root, memory_left)) {
    memory.available = std::min(memory.available, static_cast<int64_t>(*left));
  }
  return memory;
}

}  // namespace leakprobe
