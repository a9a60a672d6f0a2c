#include "sweep/phase_sharing.h"

#include <algorithm>
#include <map>
#include <string>

namespace leakprobe {

void plan_sharing(std::vector<PlannedRun>& runs) {
  std::map<std::string, size_t> first;  // the first run to be done that has a digest
  for (size_t r = 0; r < runs.size(); ++r) {
    runs[r].leaves.clear();
    runs[r].waits_for.reset();
    runs[r].shares_up_to.reset();
    if (!runs[r].to_do()) continue;
    for (const PlannedRun::Phase& phase : runs[r].phases) first.emplace(phase.digest, r);
  }
  for (size_t r = 0; r < runs.size(); ++r) {
    PlannedRun& run = runs[r];
    if (!run.to_do() || (run.saved.state == SavedRun::State::partial && run.saved.has_state)) {
      continue;
    }
    // A run's last phase is never left: it has its result then.
    for (size_t p = run.phases.size() - 1; p-- > 0;) {
      const size_t stem = first.at(run.phases[p].digest);
      if (stem == r || p + 1 >= runs[stem].phases.size()) continue;
      run.waits_for = stem;
      run.shares_up_to = p;
      std::vector<size_t>& leaves = runs[stem].leaves;
      if (std::find(leaves.begin(), leaves.end(), p) == leaves.end()) leaves.push_back(p);
      break;
    }
  }
}

}  // namespace leakprobe
