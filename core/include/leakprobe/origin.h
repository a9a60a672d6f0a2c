#pragma once

#include <string>

#include "leakprobe/params.h"

namespace leakprobe {

/// The weights that some phase left: what `from:` and `reference:` name. In the file: the name of a
/// phase, "initial", or {run: DIR, phase: NAME}.
struct Origin {
  std::string phase;  ///< "" = not given, "initial" = the model as it was before the first phase
  std::string run;    ///< the run directory that holds the phase, absolute; "" = this run
  Place place = {};   ///< where the file says it
  friend bool operator==(const Origin& a, const Origin& b) {
    return a.phase == b.phase && a.run == b.run;
  }
};

template <>
struct detail::FieldType<Origin> {
  static std::string name() { return "origin"; }
  static Value schema();
  static bool read(Origin& out, const Value& value, const std::string& path, Reader& reader);
  static Value write(const Origin& origin);
};

}  // namespace leakprobe
