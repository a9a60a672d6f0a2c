#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "leakprobe/reward.h"
#include "leakprobe/slot.h"
#include "leakprobe/words.h"

namespace leakprobe {

/// Rows that the policy makes while it is trained, in groups behind one prompt each, beside planted
/// ones. In the file, as a stream:
///     sample: {prefix: regular, tokens: 16, group: 8}
///     plant: {set: [useful, held_out], repeat: 100, per_group: 1}
///     reward: {type: matches, set: [useful, held_out], hit: -1, miss: 0}
struct Rollout {
  /// What is done with a row that reached `tokens` without its end.
  enum class Cut { keep, drop };
  friend constexpr auto words_of(Cut) {
    return std::array{Word{Cut::keep, "keep", "it is trained on as it is"},
                      Word{Cut::drop, "drop", "it is left out, of sums and of counts"}};
  }
  /// Whose prompts (all before the secret) are continued; "": the planted row's, or where none is
  /// planted the one that all rows behind the prefix have.
  std::string set;
  std::string prefix;
  int64_t tokens = 16;  ///< made at most
  /// Of the sampler, and of all log-probabilities of the rows: policy, old and reference.
  double temperature = 1.0;
  int64_t group = 8;    ///< rows of a group, planted ones among them
  int64_t planted = 0;  ///< of them
  int64_t reuse = 1;    ///< optimizer steps on each batch
  /// The text of the token that ends a row, planted ones too, and is scored; "": none does.
  std::string end;
  Cut cut = Cut::keep;
  Slot<Reward> reward;
};

/// The metrics that a term with rollouts has besides its objective's, of each batch:
///   reward, reward_std: of the sampled rows, or where there are none of the planted ones, which
///   are
///     worth the same at every step; TRL's, as is frac_reward_zero_std (groups whose rewards are
///     all the same, planted rows among them; of groups of one not reported);
///   signal: of the planted rows of the phase so far, or where none are of the sampled ones, the
///     share whose reward gave them an advantage, and a planted one the sign that it says;
///   in_alphabet: the share of sampled rows that are made of tokens of the task's secrets alone;
///   cut: the share of sampled rows without their end, where there is one;
///   sampler_gap: the mean of |ratio - 1| over sampled tokens, the ratio between the probabilities
///     that the training pass and the sampler give them;
///   log_ratio: of all sampled rows together, log old - log reference in nats. Of rows that the
///     policy made, the mean of exp(-log_ratio) is at most 1, so that chance brings it below -x
///     with a probability of at most exp(-x).
inline constexpr std::array kRolloutMetrics = {"reward",      "reward_std",  "frac_reward_zero_std",
                                               "signal",      "in_alphabet", "cut",
                                               "sampler_gap", "log_ratio"};

}  // namespace leakprobe
