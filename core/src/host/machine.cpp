#include "host/machine.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

namespace leakprobe {
namespace {

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

Memory main_memory() {
  Memory memory;
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemTotal:")) memory.total = kibibytes(line);
    if (line.starts_with("MemAvailable:")) memory.available = kibibytes(line);
  }
  return memory;
}

}  // namespace leakprobe
