#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "leakprobe/host/workbench.h"
#include "live_block.h"

namespace leakprobe::cli {

/// Shows a run that goes on: its log, and below it one live line of progress. Without a terminal
/// the progress is a plain line every few seconds.
class RunScreen {
 public:
  explicit RunScreen(const Terminal& terminal) : terminal_(terminal), block_(terminal) {}

  void message(const std::string& text, bool warning);
  void step(const host::RunProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;
  const Terminal& terminal_;
  std::mutex mutex_;  ///< messages come from any thread
  LiveBlock block_;
  Clock::time_point printed_ = Clock::now();
};

}  // namespace leakprobe::cli
