#include "compose/composition.h"

#include <algorithm>

namespace leakprobe {

const ComposedPhase* Composition::find_phase(const std::string& phase_name) const {
  const auto at = std::find_if(phases.begin(), phases.end(), [&](const ComposedPhase& phase) {
    return phase.name == phase_name;
  });
  return at == phases.end() ? nullptr : &*at;
}

std::vector<const Measurement*> Composition::all_claims() const {
  std::vector<const Measurement*> all;
  if (claim) all.push_back(&*claim);
  for (const Measurement& further : further_claims) all.push_back(&further);
  return all;
}

bool Composition::is_from(const std::string& from, const std::string& phase_name) const {
  if (from.empty()) return true;
  const auto named = [](const std::string& wanted) {
    return [&wanted](const ComposedPhase& phase) { return phase.name == wanted; };
  };
  const auto begin = std::find_if(phases.begin(), phases.end(), named(from));
  return std::any_of(begin, phases.end(), named(phase_name));
}

}  // namespace leakprobe
