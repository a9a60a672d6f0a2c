#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"
#include "leakprobe/sign.h"
#include "leakprobe/weights_ref.h"

namespace leakprobe {

/// What stands behind a prompt: made by the policy, or planted.
struct Completion {
  std::vector<int64_t> prompt;
  /// Without the token that ends a text.
  std::vector<int64_t> tokens;
  std::string text;  ///< of `tokens`; "" unless the facts ask for it
  /// Those of the facts' sets of which it is a secret, in their order.
  std::vector<std::string> secret_of;
  /// Of `tokens`, under the facts' model, in nats; empty unless they name one.
  std::vector<float> log_probs;
};

/// What is known of a reward before it is made.
struct RewardFacts {
  /// Rows by whose secrets it goes.
  struct Rows {
    std::string name;  ///< a set of the task, or a column of one: "train.rejected"
    /// negative: it gives them less than other text, so that they are pushed down; positive: more.
    Sign sign = Sign::both;
  };
  std::vector<Rows> rows;
  /// A completion is a secret where its first so many tokens are; without it, where all are.
  std::optional<int64_t> first_tokens = {};
  bool needs_text = false;  ///< and so a tokenizer
  /// The weights under which completions are scored for it; of no phase: they are not.
  WeightsRef model = {};
  /// Between which its values lie.
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

/// What a completion is worth: a function of it alone, so that runs can be repeated and resumed.
///
/// A plugin's class has `struct Options`, `static RewardFacts facts(const Options&)` (without it
/// the reward goes by the tokens alone) and a constructor `(const Options&, const Context&)`.
class Reward {
 public:
  static constexpr Kind kKind = Kind::reward;
  using Interface = Reward;
  using Facts = RewardFacts;
  virtual ~Reward() = default;
  /// Finite, and between `least` and `most` of the facts.
  virtual double of(const Completion& completion) const = 0;
};

}  // namespace leakprobe
