#pragma once

#include <cstdint>

#include "leakprobe/params.h"
#include "leakprobe/schedule.h"

namespace leakprobe {

/// Warm-up, then half a cosine: s/warmup for s < warmup, otherwise
/// (1 + cos(pi (s - warmup) / steps)) / 2 (Roger 2023; the cosine's length is all steps, so the
/// last factor is not 0).
class WarmupCosine final : public Schedule {
 public:
  static constexpr bool kIsDefault = true;
  struct Options {
    int64_t warmup = 100;
    static void declare(Schema<Options>& schema);
  };
  WarmupCosine(const Options& options, const Context&) : warmup_(options.warmup) {}
  double factor(int64_t step, int64_t steps) const override;

 private:
  const int64_t warmup_;
};

/// Always 1.
class Constant final : public Schedule {
 public:
  using Options = NoOptions;
  Constant(const Options&, const Context&) {}
  double factor(int64_t, int64_t) const override { return 1.0; }
};

/// Warm-up, then a line that would reach 0 at step `steps`: s/warmup for s < warmup, otherwise
/// (steps - s) / (steps - warmup).
class Linear final : public Schedule {
 public:
  struct Options {
    int64_t warmup = 0;
    static void declare(Schema<Options>& schema);
  };
  Linear(const Options& options, const Context&) : warmup_(options.warmup) {}
  double factor(int64_t step, int64_t steps) const override;

 private:
  const int64_t warmup_;
};

}  // namespace leakprobe
