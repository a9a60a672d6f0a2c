#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "data/item_source.h"
#include "data/item_stream.h"
#include "data/secret_index.h"
#include "leakprobe/objective.h"
#include "leakprobe/random.h"
#include "leakprobe/reward.h"
#include "leakprobe/sampling.h"
#include "leakprobe/tokenizer.h"
#include "records/sample_record.h"
#include "step/policy.h"
#include "step/reference.h"
#include "step/rollout_batch.h"

namespace leakprobe {

/// What rollouts are made with.
struct RolloutParts {
  const Policy& policy;
  const Task& task;
  const TaskFacts& facts;
  uint64_t seed = 0;
  std::shared_ptr<const Tokenizer> tokenizer;
  std::shared_ptr<const Reward> reward;
  std::shared_ptr<Reference> judge;  ///< the reward's model; nullptr where it has none
};

/// So many groups of a batch are what people are shown of it.
inline constexpr int64_t kShownGroups = 2;

/// The planted rows of a term as a stream by themselves, a batch of theirs for each of its own.
ComposedTerm planted_part(const ComposedTerm& term);

/// The rows that a policy makes for one term of a phase, with the planted ones, batch by batch. All
/// of a batch depends on the weights, the seed, the phase and the number of the batch.
class Rollouts final : public ItemSource {
 public:
  /// `label` is the phase and term, such as "suppress/against". `term` and what `parts` refers to
  /// outlive the object.
  Rollouts(const ComposedTerm& term, std::string label, RolloutParts parts);

  std::vector<DrawnColumn> draw(int64_t step, const std::vector<size_t>& columns) override;
  const DrawnColumn& drawn() const { return batch_.column; }
  /// A row of the batch; phase, step and term are left open.
  SampleRecord sample(size_t row) const;

  /// Whether this is the first step on its batch: `take_scores` is to be called.
  bool is_new() const { return is_new_; }
  /// Whether advantages wait for the scores of the whole batch.
  bool waits_for_scores() const { return is_new_ && how_.kl != 0; }
  /// The log-probabilities of row `row`'s scored tokens under policy and, where there is one,
  /// reference.
  void take_scores(int64_t row, std::vector<float> policy, std::vector<float> reference);

  /// Of kRolloutMetrics those that the present batch has.
  std::map<std::string, double> metrics() const;

  NamedTensors state() const override;
  void restore(const NamedTensors& state) override;

 private:
  /// A group before its rows are sampled.
  struct Group {
    std::vector<int64_t> prompt;
    std::vector<Row> planted;
    std::vector<RowOrigin> origins;  ///< of the planted rows
  };
  void make(int64_t number);
  std::vector<Group> groups_of(int64_t number);
  void plant(Group& group, int64_t item) const;
  void add_sampled(Generated made, const std::vector<int64_t>& prompt, int64_t index,
                   int64_t group);
  Row completed(const std::vector<int64_t>& prompt, std::vector<int64_t> tokens) const;
  void add_rewards();
  /// Rows scored by the reward's model, without their ends.
  std::vector<std::vector<float>> judge(const std::vector<Row>& rows) const;
  const std::vector<Source>& planted_sources() const {
    return planted_term_.term.stream.columns.front().sources;
  }
  std::vector<double> advantages(bool with_kl) const;
  std::optional<double> share_in_alphabet() const;
  std::optional<double> sampler_gap() const;
  std::optional<double> log_ratio() const;
  /// Whether the reward alone pushes the row, a planted one to the side that it says.
  bool has_signal(size_t row, double advantage) const;

  const ComposedTerm& term_;
  const Rollout& rollout_;
  const Advantages how_;
  const RolloutParts parts_;
  const SecretIndex secrets_;
  const std::optional<int64_t> end_;
  ComposedTerm planted_term_;
  ComposedTerm prompts_term_;
  std::unique_ptr<ItemStream> planted_;  ///< nullptr where none are planted
  std::unique_ptr<ItemStream> prompts_;  ///< nullptr where prompts are not those of a set
  std::vector<int64_t> bare_prompt_;
  const RandomStream random_;
  std::set<int64_t> alphabet_;  ///< tokens of secrets
  Source sampled_source_;
  int64_t step_ = -1;
  bool is_new_ = false;
  size_t scored_ = 0;                        ///< rows of the new batch whose scores are there
  int64_t rows_ = 0, rows_with_signal_ = 0;  ///< of all batches so far, those that are to have one
  RolloutBatch batch_;
};

}  // namespace leakprobe
