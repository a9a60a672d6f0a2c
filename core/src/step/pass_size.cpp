#include "step/pass_size.h"

#include <algorithm>

namespace leakprobe {
namespace {

/// Numbers that a pass may leave behind in any case.
constexpr double kLeastAllowance = 64.0 * (1 << 20);
/// A GPU waits for its host between small passes.
constexpr double kLeastAllowanceOfGpu = 1024.0 * (1 << 20);

}  // namespace

double numel(const ParameterInfo& parameter) {
  double count = 1;
  for (const int64_t size : parameter.shape) count *= static_cast<double>(size);
  return count;
}

double activations_a_token(const std::vector<ParameterInfo>& parameters, const ModelFacts& facts) {
  double numbers = 0;
  for (const ParameterInfo& parameter : parameters) {
    if (parameter.block >= 0 && parameter.shape.size() == 2) {
      numbers += static_cast<double>(parameter.shape[0]);
    }
  }
  return numbers + 6.0 * static_cast<double>(facts.hidden_size * facts.blocks);
}

int64_t PassSize::rows_of(int64_t longest_row) const {
  if (rows > 0 || tokens == 0) return rows;
  // A row's last token is only predicted.
  const auto computed = static_cast<double>(std::max<int64_t>(longest_row - 1, 1));
  return std::max<int64_t>(1, static_cast<int64_t>(tokens / computed));
}

PassSize pass_size(const Composition& composition, const ComposedPhase& phase,
                   const std::vector<ParameterInfo>& parameters) {
  if (composition.rows_per_pass > 0) return {composition.rows_per_pass};
  // An objective over the whole batch would need each part's forward pass twice.
  for (const ComposedTerm& term : phase.terms) {
    if (term.term.objective.facts().scope == ObjectiveFacts::Scope::batch) return {};
  }
  double kept = activations_a_token(parameters, composition.model.model.facts());
  // Logits are kept where they are bf16.
  if (composition.compute == Compute::bfloat16) {
    kept += static_cast<double>(composition.model.vocab_size);
  }
  double weights = 0;
  for (const ParameterInfo& parameter : parameters) weights += numel(parameter);
  const double least = composition.device == "cpu" ? kLeastAllowance : kLeastAllowanceOfGpu;
  return {0, std::max(least, 2 * weights) / kept};
}

}  // namespace leakprobe
