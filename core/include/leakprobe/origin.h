#pragma once

#include <string>

namespace leakprobe {

/// The weights that some phase left: what `from:` and `reference:` name. In the file: the name of a
/// phase, "initial", or {run: DIR, phase: NAME}.
struct Origin {
  std::string phase;  ///< "" = not given, "initial" = the model as it was before the first phase
  std::string run;    ///< the run directory that holds the phase, "" = this run
  friend bool operator==(const Origin&, const Origin&) = default;
};

}  // namespace leakprobe
