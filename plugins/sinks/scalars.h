#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// One number of a record.
struct Scalar {
  std::string phase;
  int64_t step = 0;
  std::string name;         ///< "loss", "dpo/rewards/margins", a probe's name, "claim/effect"
  std::string set, prefix;  ///< of a probe's cell, else empty
  double value = 0;
  std::optional<double> leak;  ///< of a probe's cell: the value above chance, where that is known
};

/// The numbers of a record, in its order. A record without a phase has none, but for the result:
/// its claim is a number of the claim's phase and step.
std::vector<Scalar> scalars_of(const Value& record);

}  // namespace leakprobe
