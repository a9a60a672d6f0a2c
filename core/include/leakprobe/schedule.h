#pragma once

#include <cstdint>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"

namespace leakprobe {

struct ScheduleFacts {};

/// The learning rate over a phase.
///
/// A plugin's class has `struct Options` and a constructor `(const Options&, const Context&)`.
class Schedule {
 public:
  static constexpr Kind kKind = Kind::schedule;
  using Interface = Schedule;
  using Facts = ScheduleFacts;
  virtual ~Schedule() = default;

  /// What the optimizer's learning rate is multiplied by at `step` (from 0) of `steps`, however
  /// many these are: a finite number of at least 0.
  virtual double factor(int64_t step, int64_t steps) const = 0;
};

}  // namespace leakprobe
