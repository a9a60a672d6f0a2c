#pragma once

#include "leakprobe/freezing.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Trains everything.
class FreezeNone final : public Freezing {
 public:
  static constexpr bool kIsDefault = true;
  using Options = NoOptions;
  FreezeNone(const Options&, const Context&) {}
  std::vector<bool> trainable(std::span<const ParameterInfo> parameters, int64_t) const override {
    return std::vector<bool>(parameters.size(), true);
  }
};

}  // namespace leakprobe
