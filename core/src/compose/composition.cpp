#include "compose/composition.h"

#include <algorithm>

namespace leakprobe {

const ComposedPhase* Composition::find_phase(const std::string& phase_name) const {
  const auto at = std::find_if(phases.begin(), phases.end(), [&](const ComposedPhase& phase) {
    return phase.name == phase_name;
  });
  return at == phases.end() ? nullptr : &*at;
}

}  // namespace leakprobe
