#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace leakprobe {

/// The one owner of stderr during a run: whole lines above, one live progress line below. Without a
/// terminal the progress line becomes a plain line every few seconds.
class Terminal {
 public:
  explicit Terminal(bool quiet);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void line(const std::string& text);
  /// Replaces the progress line, at most ten times a second.
  void progress(const std::string& text);
  /// Removes the progress line.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void erase();

  std::mutex mutex_;
  const bool quiet_;
  const bool live_;
  bool drawn_ = false;
  Clock::time_point last_;
};

}  // namespace leakprobe
