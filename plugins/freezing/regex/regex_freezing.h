#pragma once

#include <regex>
#include <string>
#include <vector>

#include "leakprobe/freezing.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Chooses parameters by their names.
class FreezeRegex final : public Freezing {
 public:
  struct Options {
    std::optional<std::string> trainable;
    std::optional<std::string> frozen;
    static void declare(Schema<Options>& schema);
  };
  static std::vector<std::string> examples() { return {"{trainable: attention}", "{frozen: mlp}"}; }
  FreezeRegex(const Options& options, const Context& context);

  /// Throws Error where the pattern is in no name, or leaves nothing to train.
  std::vector<bool> trainable(std::span<const ParameterInfo> parameters,
                              int64_t blocks) const override;

 private:
  const std::string text_;
  const std::regex pattern_;
  const bool matches_are_trained_;
  const Context& context_;
};

}  // namespace leakprobe
