#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "terminal.h"

namespace leakprobe::cli {

/// Lines at the bottom of a terminal that are drawn over again and again, at most ten times a
/// second; other lines go above them. Where lines cannot be drawn over, only those others appear.
class LiveBlock {
 public:
  explicit LiveBlock(const Terminal& terminal) : terminal_(terminal) {}
  ~LiveBlock() { clear(); }
  LiveBlock(const LiveBlock&) = delete;
  LiveBlock& operator=(const LiveBlock&) = delete;

  /// Whether `draw` would show anything now.
  bool is_due() const;
  /// Each line is cut to the terminal's width.
  void draw(const std::vector<std::string>& lines);
  /// A line that stays.
  void print(const std::string& line);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  const Terminal& terminal_;
  size_t drawn_ = 0;
  Clock::time_point last_;
};

}  // namespace leakprobe::cli
