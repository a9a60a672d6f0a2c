#include "machine/threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <latch>
#include <string>
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

/// Throws Error where `count` threads cannot be there at once, beside this one.
void require_threads(int64_t count) {
  std::latch end(1);
  std::vector<std::thread> started;
  started.reserve(static_cast<size_t>(count));
  std::string failure;
  try {
    while (std::ssize(started) < count) started.emplace_back([&] { end.wait(); });
  } catch (const std::exception& error) {
    failure = error.what();
  }
  end.count_down();
  for (std::thread& thread : started) thread.join();
  if (failure.empty()) return;
  throw Error(std::to_string(count + 1) + " threads cannot be started: " + failure + kFewerThreads);
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

void compute_with(int64_t threads) {
  require_threads(threads - 1);
  at::set_num_threads(static_cast<int>(threads));
  // OpenMP starts its threads where they are first used.
  at::parallel_for(0, threads, 1, [](int64_t, int64_t) {});
}

int64_t processors() { return within_share(std::thread::hardware_concurrency()); }

}  // namespace leakprobe
