#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "leakprobe/objective.h"

/// What objectives on pairs of a preferred and a rejected text have in common.
namespace leakprobe {

/// One value an item (n): log-probabilities of the two texts, summed or averaged over tokens, and
/// how much more likely the policy makes each than the reference does. Without a reference a ratio
/// is the log-probability itself.
struct Preference {
  torch::Tensor chosen_logps;
  torch::Tensor rejected_logps;
  torch::Tensor chosen_ratio;    ///< log pi(chosen) - log ref(chosen)
  torch::Tensor rejected_ratio;  ///< log pi(rejected) - log ref(rejected)

  /// How much more the policy prefers the chosen text than the reference does, in nats (n).
  torch::Tensor delta() const { return chosen_ratio - rejected_ratio; }
};

/// Sums over the scored tokens of the columns chosen and rejected, or means a token.
inline Preference preference(const Columns& columns, bool per_token = false) {
  const auto of_text = [&](const ColumnBatch& column, const torch::Tensor& sums) {
    return per_token ? sums / column.lengths() : sums;
  };
  const auto ratio = [&](const ColumnBatch& column, const torch::Tensor& logps) {
    if (!column.reference.defined()) return logps;
    return logps - of_text(column, column.reference_sum());
  };
  const ColumnBatch& chosen = columns.at("chosen");
  const ColumnBatch& rejected = columns.at("rejected");
  Preference result;
  result.chosen_logps = of_text(chosen, chosen.policy_sum());
  result.rejected_logps = of_text(rejected, rejected.policy_sum());
  result.chosen_ratio = ratio(chosen, result.chosen_logps);
  result.rejected_ratio = ratio(rejected, result.rejected_logps);
  return result;
}

/// Columns, reference and metrics of an objective that takes a Preference.
inline ObjectiveFacts preference_facts(bool needs_reference = true) {
  ObjectiveFacts facts;
  facts.columns = {{"chosen", Sign::positive}, {"rejected", Sign::negative}};
  facts.needs_reference = needs_reference;
  facts.metrics = {"rewards/chosen",     "rewards/rejected", "rewards/margins",
                   "rewards/accuracies", "logps/chosen",     "logps/rejected"};
  return facts;
}

/// TRL's metrics: a reward is beta times the ratio; a pair counts as accurate where the chosen
/// text's reward is the higher one.
/// Source: https://huggingface.co/docs/trl/dpo_trainer, "Logged metrics".
inline std::vector<Loss::Metric> reward_metrics(const Preference& preference, double beta) {
  const torch::Tensor chosen = preference.chosen_ratio.detach() * beta;
  const torch::Tensor rejected = preference.rejected_ratio.detach() * beta;
  return {{"rewards/chosen", chosen.sum()},
          {"rewards/rejected", rejected.sum()},
          {"rewards/margins", (chosen - rejected).sum()},
          {"rewards/accuracies", chosen.gt(rejected).to(chosen.scalar_type()).sum()},
          {"logps/chosen", preference.chosen_logps.detach().sum()},
          {"logps/rejected", preference.rejected_logps.detach().sum()}};
}

}  // namespace leakprobe
