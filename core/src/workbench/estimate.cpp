#include "workbench/estimate.h"

#include <algorithm>
#include <limits>
#include <set>

#include "data/item_stream.h"
#include "instances/load_model.h"
#include "instances/silent_instances.h"
#include "plugin/guard.h"
#include "run/weight_store.h"
#include "step/pass_size.h"

namespace leakprobe {
namespace {

constexpr double kBytesOfFloat = 4;

/// All rows of a step are drawn, and packed for their passes, before the first pass begins, and
/// each scored token keeps its gradient: a Row, its origin and what PackedRows holds of it, and per
/// token its id and mask there and eight words or so here.
constexpr double kBytesOfRow = 200, kBytesOfToken = 80;
/// A reference value that is kept is found by a hash of its row.
constexpr double kBytesOfKey = 64;
/// The place of an item in the order of its pass.
constexpr double kBytesOfPlace = 8;

/// Whether a token's forward pass multiplies with it: matrices, but an embedding is only looked up.
bool multiplies(const ParameterInfo& info) {
  return info.shape.size() == 2 && (info.part != Part::embedding || !info.tied_to.empty());
}

/// The largest integer where a product or sum of counts has none.
int64_t product(int64_t a, int64_t b) {
  int64_t all = 0;
  return __builtin_mul_overflow(a, b, &all) ? std::numeric_limits<int64_t>::max() : all;
}

int64_t sum(int64_t a, int64_t b) {
  int64_t all = 0;
  return __builtin_add_overflow(a, b, &all) ? std::numeric_limits<int64_t>::max() : all;
}

/// Items of a term's first `batches` batches; the last one of each pass may be smaller.
int64_t items_of(const ComposedTerm& term, int64_t batches) {
  if (term.items <= 0 || term.batch <= 0) return 0;
  const int64_t per_pass = (term.items - 1) / term.batch + 1;
  return sum(product(batches / per_pass, term.items), product(batches % per_pass, term.batch));
}

/// Items that a term draws in a phase: those of a rollout are each the items of some steps.
struct Drawn {
  int64_t made = 0;  ///< different draws
  int64_t used = 0;  ///< with those that come again
};

Drawn drawn_by(const ComposedTerm& term, const ComposedPhase& phase) {
  const std::optional<Rollout>& rollout = term.term.stream.rollout;
  const int64_t reuse = rollout ? rollout->reuse : 1;
  const int64_t whole = items_of(term, phase.steps / reuse);
  const int64_t made = items_of(term, phase.steps / reuse + (phase.steps % reuse == 0 ? 0 : 1));
  return {made, sum(product(whole, reuse), product(made - whole, phase.steps % reuse))};
}

/// The share of a term's rows that the policy makes.
double sampled_share(const ComposedTerm& term) {
  const std::optional<Rollout>& rollout = term.term.stream.rollout;
  if (!rollout) return 0;
  return 1 - static_cast<double>(rollout->planted) / static_cast<double>(rollout->group);
}

/// Rows that sets hold whose reference values are not computed again: copies of the same row.
double distinct_share(const Stream& stream) {
  int64_t copies = 1;
  for (const StreamColumn& column : stream.columns) {
    for (const Source& source : column.sources) {
      copies = std::max(copies, source.repeat.value_or(1));
    }
  }
  const double columns = static_cast<double>(std::max<size_t>(stream.columns.size(), 1));
  return (columns - 1 + 1.0 / static_cast<double>(copies)) / columns;
}

/// Whether an earlier phase went through the same items against the same reference, so that all its
/// values are kept.
bool is_kept(const Composition& composition, const ComposedPhase& phase, const ComposedTerm& term) {
  if (term.term.stream.name.empty() || !term.finite) return false;
  const WeightsRef& origin = reference_of(phase, term);
  for (const ComposedPhase& earlier : composition.phases) {
    if (&earlier == &phase) break;
    for (const ComposedTerm& other : earlier.terms) {
      if (other.term.objective.facts().needs_reference && other.finite &&
          other.term.stream.name == term.term.stream.name &&
          reference_of(earlier, other) == origin &&
          product(earlier.steps, other.batch) >= other.items) {
        return true;
      }
    }
  }
  return false;
}

/// What one token costs, in floating-point operations.
struct TokenCost {
  double forward = 0;
  double backward = 0;
};

/// Of a row so long: its last token is only predicted.
double computed_tokens(int64_t row) { return static_cast<double>(std::max<int64_t>(row - 1, 1)); }

/// Rows of a set whose lengths stand for those of all.
constexpr int64_t kMeasuredRows = 64;

/// The mean length of the first rows of each set; 0 where the tokenizer is not there.
int64_t measured_length(const Composition& composition, const Registry& registry) {
  auto tokenizer = load_tokenizer_of(composition, registry);
  if (tokenizer == nullptr) return 0;
  SilentInstances quiet(composition, registry, std::move(tokenizer));
  const auto task = quiet.instances().make<Task>(*composition.task);
  const TaskFacts& facts = composition.task.facts();
  int64_t tokens = 0, count = 0;
  for (const std::string& name : facts.row_names()) {
    RowsOf rows = *facts.rows_named(name);
    rows.prefix = facts.first_prefix();
    const int64_t size = facts.find(rows.set)->size.value_or(kMeasuredRows);
    for (int64_t i = 0; i < std::min(size, kMeasuredRows); ++i, ++count) {
      tokens +=
          static_cast<int64_t>(set_row(*task, facts, rows, i, composition.seed).tokens.size());
    }
  }
  return count == 0 ? 0 : (tokens - 1) / count + 1;
}

class Estimator {
 public:
  Estimator(const Composition& composition, const Registry& registry)
      : composition_(composition),
        quiet_(composition, registry, nullptr),
        infos_(parameters_of(composition, registry)),
        facts_(composition.model.model.facts()),
        longest_row_(composition.task.facts().longest_row) {
    if (longest_row_ == 0) longest_row_ = measured_length(composition, registry);
  }

  Estimate estimate() {
    Estimate estimate;
    double most_of_training = 0, most_of_state = 0;  // numbers beside the weights
    double most_activations = 0;
    double most_held = 0, kept = 0;  // bytes of rows, and of reference values
    for (const ComposedPhase& phase : composition_.phases) {
      PhaseEstimate part;
      if (longest_row_ > 0) part.tokens = 0;
      double rows_a_step = 0;
      for (const ComposedTerm& term : phase.terms) {
        const auto columns = static_cast<int64_t>(term.term.objective.facts().columns.size());
        const int64_t rows = product(drawn_by(term, phase).used, columns);
        part.rows = sum(part.rows, rows);
        if (longest_row_ > 0) {
          part.tokens = sum(*part.tokens, product(rows, longest_row(term)));
        }
        rows_a_step += static_cast<double>(product(term.batch, columns));
        kept += kept_bytes(phase, term);
      }
      most_held = std::max(most_held, held_bytes(phase));
      if (!infos_.empty()) {
        const std::vector<bool> trained = trainable(phase);
        double numbers = 0;
        for (size_t i = 0; i < infos_.size(); ++i) {
          if (trained[i]) numbers += numel(infos_[i]);
        }
        part.trained = static_cast<int64_t>(numbers);
        part.flops = flops(phase, trained);
        if (!phase.terms.empty() && numbers > 0) {
          const double state =
              numbers * static_cast<double>(phase.optimizer.facts().state_per_parameter);
          most_of_state = std::max(most_of_state, state);
          most_of_training = std::max(most_of_training, numbers + state);  // with gradients
        }
        const int64_t longest = longest_row(phase);
        if (const int64_t most = pass_size(composition_, phase, infos_).rows_of(longest);
            most > 0) {
          rows_a_step = std::min(rows_a_step, static_cast<double>(most));
        }
        most_activations = std::max(most_activations, rows_a_step * computed_tokens(longest) *
                                                          activations_a_token(infos_, facts_));
      }
      estimate.phases.push_back(part);
    }
    if (infos_.empty()) return estimate;
    double parameters = 0;
    for (const ParameterInfo& info : infos_) parameters += numel(info);
    estimate.parameters = static_cast<int64_t>(parameters);
    const double snapshots = kept_snapshots() * parameters;
    estimate.memory =
        kBytesOfFloat * (parameters + snapshots + most_of_training + most_activations) + most_held +
        kept;
    const double checkpoints = composition_.keep == KeepCheckpoints::none ? 0.0
                               : composition_.keep == KeepCheckpoints::last
                                   ? 1.0
                                   : static_cast<double>(composition_.phases.size());
    estimate.disk =
        kBytesOfFloat * (checkpoints * parameters + parameters + snapshots + most_of_state);
    return estimate;
  }

 private:
  /// Of a term, and of all terms of a phase, going by the task's rows and what rollouts are
  /// continued by: a prompt's length only its row shows.
  int64_t longest_row(const ComposedTerm& term) const {
    const std::optional<Rollout>& rollout = term.term.stream.rollout;
    return rollout ? std::max(longest_row_, rollout->tokens + 1) : longest_row_;
  }
  int64_t longest_row(const ComposedPhase& phase) const {
    int64_t longest = longest_row_;
    for (const ComposedTerm& term : phase.terms) longest = std::max(longest, longest_row(term));
    return longest;
  }

  /// What all rows of a step take beside what a pass through the model computes.
  double held_bytes(const ComposedPhase& phase) const {
    double bytes = 0;
    for (const ComposedTerm& term : phase.terms) {
      const ObjectiveFacts& objective = term.term.objective.facts();
      const int64_t items = term.items > 0 ? std::min(term.batch, term.items) : term.batch;
      const double rows =
          static_cast<double>(items) * static_cast<double>(objective.columns.size());
      const auto tokens = static_cast<double>(longest_row(term));
      double row = kBytesOfRow + kBytesOfToken * tokens;
      if (objective.needs_reference) row += kBytesOfFloat * tokens;
      // The rollouts keep their rows, and the values of both models, for the steps to come.
      if (term.term.stream.rollout) row += kBytesOfRow + (9 + 2 * kBytesOfFloat) * tokens;
      bytes += rows * row;
      if (term.finite) bytes += kBytesOfPlace * static_cast<double>(term.items);
    }
    return bytes;
  }

  /// What is kept of a reference for rows that come again.
  double kept_bytes(const ComposedPhase& phase, const ComposedTerm& term) const {
    const ObjectiveFacts& objective = term.term.objective.facts();
    if (!objective.needs_reference || !term.finite || is_kept(composition_, phase, term)) return 0;
    const double items =
        static_cast<double>(std::min(term.items, product(phase.steps, term.batch)));
    return items * static_cast<double>(objective.columns.size()) *
           distinct_share(term.term.stream) * (1 - sampled_share(term)) *
           (kBytesOfKey + kBytesOfFloat * static_cast<double>(longest_row(term)));
  }

  std::vector<bool> trainable(const ComposedPhase& phase) {
    if (!phase.freeze || phase.terms.empty()) return std::vector<bool>(infos_.size(), false);
    const Stage stage(phase.name);
    return quiet_.instances().make<Freezing>(*phase.freeze)->trainable(infos_, facts_.blocks);
  }

  TokenCost token_cost(const std::vector<bool>& trained) const {
    // Gradients run down to the lowest block that is trained; the embedding lies below block 0.
    int64_t lowest = facts_.blocks;
    for (size_t i = 0; i < infos_.size(); ++i) {
      if (!trained[i]) continue;
      if (infos_[i].block >= 0) lowest = std::min(lowest, infos_[i].block);
      if (infos_[i].part == Part::embedding) lowest = 0;
    }
    TokenCost cost;
    for (size_t i = 0; i < infos_.size(); ++i) {
      if (!multiplies(infos_[i])) continue;
      const double product = 2 * numel(infos_[i]);
      cost.forward += product;
      if (infos_[i].block < 0 || infos_[i].block >= lowest) cost.backward += product;
      if (trained[i]) cost.backward += product;
    }
    // Scores and weighted sum over half of all earlier tokens.
    const double attention =
        2 * computed_tokens(longest_row_) * static_cast<double>(facts_.hidden_size);
    cost.forward += attention * static_cast<double>(facts_.blocks);
    cost.backward += 2 * attention * static_cast<double>(facts_.blocks - lowest);
    return cost;
  }

  double flops(const ComposedPhase& phase, const std::vector<bool>& trained) const {
    const TokenCost cost = token_cost(trained);
    double trained_flops = 0, probed_rows = 0;
    for (const ComposedTerm& term : phase.terms) trained_flops += flops_of(phase, term, cost);
    for (const ComposedProbe& probe : composition_.probes) {
      if (!probe.phases.empty() &&
          std::find(probe.phases.begin(), probe.phases.end(), phase.name) == probe.phases.end()) {
        continue;
      }
      const int64_t evaluations =
          probe.every > 0 && phase.steps > 0 ? (phase.steps - 1) / probe.every + 2 : 1;
      probed_rows += static_cast<double>(evaluations) * static_cast<double>(probe.rows) *
                     static_cast<double>(probe.regular_cells);
    }
    return trained_flops + computed_tokens(longest_row_) * probed_rows * cost.forward;
  }

  double flops_of(const ComposedPhase& phase, const ComposedTerm& term,
                  const TokenCost& cost) const {
    const ObjectiveFacts& objective = term.term.objective.facts();
    const auto columns = static_cast<double>(objective.columns.size());
    const Drawn drawn = drawn_by(term, phase);
    const double used = static_cast<double>(drawn.used) * columns;
    const double made = static_cast<double>(drawn.made) * columns;
    const int64_t most = pass_size(composition_, phase, infos_).rows_of(longest_row(phase));
    const bool in_parts =
        most > 0 && most < product(term.batch, static_cast<int64_t>(objective.columns.size()));
    double forward = used;
    // A batch objective sees the log-probabilities of all parts before any is differentiated.
    if (objective.scope == ObjectiveFacts::Scope::batch && in_parts) forward += used;
    const double sampled = sampled_share(term);
    if (const std::optional<Rollout>& rollout = term.term.stream.rollout) {
      // With keys and values kept, what is made costs as much as what is scored.
      forward += made * sampled;
      if (!rollout->reward.facts().model.phase.empty()) forward += made;
      // A KL in the rewards needs the scores of all parts before the first is trained on.
      if (objective.advantages->kl != 0 && in_parts) forward += made;
    }
    if (objective.needs_reference) {
      forward += made * sampled;
      if (!is_kept(composition_, phase, term)) {
        forward += made * (1 - sampled) * distinct_share(term.term.stream);
      }
    }
    const double backward = term.term.weight != 0 ? used : 0;
    return computed_tokens(longest_row(term)) * (forward * cost.forward + backward * cost.backward);
  }

  /// Weights of other phases that are kept at once, at most.
  double kept_snapshots() const {
    std::set<std::string> kept;
    for (size_t i = 0; i < composition_.phases.size(); ++i) {
      const ComposedPhase& phase = composition_.phases[i];
      for (const ComposedTerm& term : phase.terms) {
        for (const auto& [origin, path] : weights_read_by(phase, term)) {
          kept.insert(origin.run + ":" + origin.phase);
        }
      }
    }
    return static_cast<double>(kept.size());
  }

  const Composition& composition_;
  SilentInstances quiet_;
  std::vector<ParameterInfo> infos_;
  const ModelFacts& facts_;
  int64_t longest_row_;  ///< tokens; 0 = not known
};

}  // namespace

Estimate estimate(const Composition& composition, const Registry& registry) {
  return Estimator(composition, registry).estimate();
}

}  // namespace leakprobe
