#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace leakprobe {

/// A number of each step, drawn by few points however many steps there are: means over consecutive
/// ones, of which as many are taken together as it needs.
class StepMeans {
 public:
  static constexpr size_t kMostPoints = 256;

  void add(int64_t step, double value);

  struct Point {
    int64_t step = 0;  ///< the last of those together
    double value = 0;
  };
  std::vector<Point> points() const;
  /// Steps that are taken together.
  int64_t width() const { return width_; }

 private:
  struct Sum {
    int64_t last = 0;
    double sum = 0;
    int64_t count = 0;
  };
  int64_t width_ = 1;
  std::vector<Sum> sums_;  ///< by step / width
};

}  // namespace leakprobe
