#pragma once

#include "leakprobe/freezing.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Freezes the upper transformer blocks and the output head (Roger 2023, section 2.2).
class UpperLayers final : public Freezing {
 public:
  struct Options {
    double fraction = 0.5;
    bool head = true;
    static void declare(Schema<Options>& schema);
  };
  UpperLayers(const Options& options, const Context& context)
      : options_(options), context_(context) {}

  std::vector<bool> trainable(std::span<const ParameterInfo> parameters,
                              int64_t blocks) const override;

 private:
  const Options options_;
  const Context& context_;
};

}  // namespace leakprobe
