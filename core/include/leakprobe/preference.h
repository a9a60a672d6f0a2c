#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "leakprobe/objective.h"

/// What objectives on pairs of a preferred and a rejected text have in common.
namespace leakprobe {

/// One value an item (n): log-probabilities of the two texts, summed or averaged over tokens, and
/// how much more likely the policy makes each than the reference does.
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
  const auto policy = [&](const ColumnBatch& column) {
    return per_token ? column.policy_sum() / column.lengths() : column.policy_sum();
  };
  const auto reference = [&](const ColumnBatch& column) {
    return per_token ? column.reference_sum() / column.lengths() : column.reference_sum();
  };
  const ColumnBatch& chosen = columns.at("chosen");
  const ColumnBatch& rejected = columns.at("rejected");
  Preference result;
  result.chosen_logps = policy(chosen);
  result.rejected_logps = policy(rejected);
  result.chosen_ratio = result.chosen_logps - reference(chosen);
  result.rejected_ratio = result.rejected_logps - reference(rejected);
  return result;
}

/// Columns, reference and metrics of an objective that takes a Preference.
inline ObjectiveFacts preference_facts() {
  ObjectiveFacts facts;
  facts.columns = {{"chosen", Sign::positive}, {"rejected", Sign::negative}};
  facts.needs_reference = true;
  facts.metrics = {"rewards/chosen",     "rewards/rejected", "rewards/margins",
                   "rewards/accuracies", "logps/chosen",     "logps/rejected"};
  return facts;
}

/// TRL's metrics: a reward is beta times the log-ratio; a pair counts as accurate where the chosen
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
