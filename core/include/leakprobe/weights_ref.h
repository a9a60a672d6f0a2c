#pragma once

#include <string>

#include "leakprobe/params.h"

namespace leakprobe {

/// The weights that some phase left: what `from:` and `reference:` name. In the file: the name of a
/// phase, "initial", or {run: DIR, phase: NAME}.
struct WeightsRef {
  std::string phase;  ///< "" = not given, "initial" = the model as it was before the first phase
  std::string run;    ///< the run directory that holds the phase, absolute; "" = this run
  Place place = {};   ///< where the file says it
  friend bool operator==(const WeightsRef& a, const WeightsRef& b) {
    return a.phase == b.phase && a.run == b.run;
  }
};

template <>
struct ParameterType<WeightsRef> {
  static std::string name() { return "origin"; }
  static Value schema();
  static bool read(WeightsRef& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(const WeightsRef& origin);
};

}  // namespace leakprobe
