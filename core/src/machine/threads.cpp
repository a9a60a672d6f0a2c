#include "machine/threads.h"

#include <ATen/Parallel.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <exception>
#include <fstream>
#include <latch>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "leakprobe/error.h"
#include "machine/control_group.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// What a folder's cpu.max says: "max 100000" or microseconds of each period.
std::optional<double> share_of(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  double time = 0;
  double period = 0;
  if (!(file >> time >> period) || time <= 0 || period <= 0) return std::nullopt;
  return time / period;
}

/// Of memory for a thread: two stacks, since LibTorch starts threads in two ways, and what the
/// allocator prepares for it.
constexpr size_t kThreadBytes = size_t{32} << 20;

/// Why there is no such memory; "" where there is.
std::string lack_of_memory(size_t bytes) {
  void* room =
      ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return std::generic_category().message(errno);
  ::munmap(room, bytes);
  return "";
}

int64_t within_share(int64_t threads) {
  const std::optional<double> share = processor_share();
  if (share) threads = std::min(threads, static_cast<int64_t>(std::ceil(*share)));
  return std::max(threads, int64_t{1});
}

}  // namespace

std::optional<double> processor_share(const fs::path& root) { return least_limit(root, share_of); }

int64_t default_threads() {
  // Asked once: afterwards LibTorch's number is what a run has set. It is not its
  // intraop_default_num_threads(), which also counts cores that this process may not use.
  static const int64_t threads = within_share(at::get_num_threads());
  return threads;
}

void require_threads(int64_t threads) {
  if (threads <= 1) return;
  std::latch end(1);
  std::vector<std::thread> started;
  started.reserve(static_cast<size_t>(threads));
  std::string failure = lack_of_memory(static_cast<size_t>(threads) * kThreadBytes);
  try {
    while (failure.empty() && std::ssize(started) < threads - 1) {
      started.emplace_back([&] { end.wait(); });
    }
  } catch (const std::exception& error) {
    failure = error.what();
  }
  end.count_down();
  for (std::thread& thread : started) thread.join();
  if (failure.empty()) return;
  throw Error(std::to_string(threads) + " threads cannot be started: " + failure + kFewerThreads);
}

int64_t processors() { return within_share(std::thread::hardware_concurrency()); }

}  // namespace leakprobe
