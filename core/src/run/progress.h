#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "run/terminal.h"

namespace leakprobe {

/// The progress line of one phase: step, loss, rate, time left in the phase.
class Progress {
 public:
  Progress(Terminal& terminal, std::string phase, int64_t first_step, int64_t steps);
  void step(int64_t step, double loss);
  /// Steps a second so far.
  double rate() const { return rate_; }
  /// "0:39", "1:02:05"
  static std::string duration(double seconds);

 private:
  using Clock = std::chrono::steady_clock;
  Terminal& terminal_;
  std::string phase_;
  int64_t first_step_;
  int64_t steps_;
  double rate_ = 0;
  Clock::time_point start_ = Clock::now();
};

}  // namespace leakprobe
