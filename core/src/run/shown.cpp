#include "run/shown.h"

#include <algorithm>

#include "records/step_record.h"

namespace leakprobe {
namespace {

bool has_rollouts(const ComposedTerm& term) { return term.term.stream.rollout.has_value(); }

}  // namespace

std::vector<std::pair<std::string, double>> shown_of(const ComposedPhase& phase,
                                                     const StepReport& report) {
  const auto count = std::count_if(phase.terms.begin(), phase.terms.end(), has_rollouts);
  if (count == 0) return {{"loss", report.loss}};
  std::vector<std::pair<std::string, double>> shown;
  for (size_t t = 0; t < phase.terms.size(); ++t) {
    if (!has_rollouts(phase.terms[t])) continue;
    const auto& [term, metrics] = report.terms[t];
    for (const char* name : kTellingMetrics) {
      const auto found = metrics.find(name);
      if (found == metrics.end()) continue;
      shown.emplace_back((count > 1 ? term + "/" : "") + name, found->second);
    }
  }
  return shown;
}

}  // namespace leakprobe
