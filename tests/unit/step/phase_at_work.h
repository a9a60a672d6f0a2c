#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/item_stream.h"
#include "evidence/ledger.h"
#include "instances/load_model.h"
#include "instances/silent_instances.h"
#include "run/stub_engine.h"
#include "step/scoring.h"
#include "step/trainer.h"
#include "tokenizer/word_vocabulary.h"

namespace leakprobe::run_test {

/// The first phase of a stub engine's experiment, before its first step: the trainer with all that
/// it works with, and no run around it.
struct PhaseAtWork {
  using ItemsOf =
      std::function<std::unique_ptr<ItemSource>(const PhaseAtWork&, const ComposedTerm&)>;

  /// `rows_per_pass` as Trainer has it; `items`: where the terms' items come from, in place of
  /// their streams.
  explicit PhaseAtWork(const std::string& phases, int64_t rows_per_pass = 0, ItemsOf items = {},
                       const std::string& more = "")
      : PhaseAtWork(composed(phases, more), rows_per_pass, items) {}
  explicit PhaseAtWork(Composition made, int64_t rows_per_pass = 0, const ItemsOf& items = {})
      : composition(std::move(made)),
        quiet(composition, registry(), nullptr),
        policy(load_model(composition, registry(), torch::kCPU), Compute::float32),
        task(quiet.instances().make<Task>(*composition.task)),
        first(policy.model.with_weights(policy.model.snapshot()), Compute::float32),
        ledger(composition, std::make_shared<const WatchedRows>(composition, *task)),
        updater(phase(), trained(), quiet.instances().make<Optimizer>(*phase().optimizer),
                quiet.instances().make<Schedule>(*phase().schedule)),
        trainer(phase(), policy, terms(items), updater, ledger, {rows_per_pass}) {}

  const ComposedPhase& phase() const { return composition.phases.front(); }
  WeightSnapshot weights() const { return policy.model.snapshot(); }

  /// The items of a term as its stream gives them.
  std::unique_ptr<ItemSource> stream(const ComposedTerm& term) const {
    return std::make_unique<ItemStream>(term, phase().name + "/" + term.term.name, *task,
                                        composition.task.facts(), composition.seed);
  }
  /// Row `index` of some rows of the task.
  Row row(const std::string& set, int64_t index, const std::string& prefix = "near") const {
    return set_row(*task, composition.task.facts(), {set, "", prefix}, index, composition.seed);
  }

  /// What the rollouts of a term are made with; their tokens are written 0 to 9.
  RolloutParts rollout_parts(const ComposedTerm& term) {
    std::vector<std::string> digits;
    for (char digit = '0'; digit <= '9'; ++digit) digits.emplace_back(1, digit);
    return {policy,
            *task,
            composition.task.facts(),
            composition.seed,
            make_word_vocabulary(std::move(digits)),
            quiet.instances().make<Reward>(*term.term.stream.rollout->reward),
            nullptr};
  }

  const Composition composition;
  SilentInstances quiet;
  Policy policy;
  const std::shared_ptr<const Task> task;
  const Policy first;  ///< with the weights before the first step: what terms are compared with
  /// In place of `first`, where a test sets it.
  Reference::Score reference;
  Ledger ledger;
  Updater updater;
  Trainer trainer;

 private:
  std::vector<Trained> trained() const {
    std::vector<Trained> trained;
    for (const ModelParameter& parameter : policy.model.parameters()) {
      torch::Tensor value = parameter.value;
      value.set_requires_grad(true);
      trained.push_back({parameter.info.name, value, {}});
    }
    return trained;
  }
  std::unique_ptr<ItemSource> source(const ComposedTerm& term) {
    const std::optional<Rollout>& rollout = term.term.stream.rollout;
    if (!rollout || !rollout->reward) return stream(term);  // some tests want its temperature alone
    return std::make_unique<Rollouts>(term, phase().name + "/" + term.term.name,
                                      rollout_parts(term));
  }
  std::vector<std::unique_ptr<TermRunner>> terms(const ItemsOf& items) {
    std::vector<std::unique_ptr<TermRunner>> terms;
    for (const ComposedTerm& term : phase().terms) {
      TermParts parts{quiet.instances().make<Objective>(*term.term.objective), nullptr,
                      items ? items(*this, term) : source(term)};
      parts.rollouts = dynamic_cast<Rollouts*>(parts.items.get());
      if (term.term.objective.facts().needs_reference) {
        parts.reference = std::make_shared<Reference>([this](const std::vector<const Row*>& rows,
                                                             auto... temperature) {
          return reference ? reference(rows, temperature...) : score(first, rows, temperature...);
        });
      }
      terms.push_back(std::make_unique<TermRunner>(phase(), term, std::move(parts), ledger));
    }
    return terms;
  }
};

/// The model `tiny` written down once more, with weights of its own: what a step should do, by
/// LibTorch alone.
struct ByTorch {
  explicit ByTorch(const WeightSnapshot& weights)
      : embedding(weights.at(0).clone().requires_grad_()),
        head(weights.at(1).clone().requires_grad_()) {}

  /// Log-probability of the scored tokens of a row together.
  torch::Tensor sum(const Row& row, double temperature = 1) const {
    const torch::Tensor tokens = torch::tensor(row.tokens, torch::kInt64);
    const int64_t last = tokens.size(0) - 1;
    const torch::Tensor logits =
        embedding.index_select(0, tokens.slice(0, 0, last)).matmul(head.t());
    const torch::Tensor all = torch::log_softmax(logits / temperature, -1)
                                  .gather(1, tokens.slice(0, 1).unsqueeze(1))
                                  .squeeze(1);
    const std::vector<float> scored(row.scored.begin() + 1, row.scored.end());
    return (all * torch::tensor(scored)).sum();
  }
  torch::Tensor sum(const std::vector<Row>& rows, double temperature = 1) const {
    torch::Tensor total = torch::zeros({});
    for (const Row& row : rows) total = total + sum(row, temperature);
    return total;
  }
  double norm() const {
    return std::sqrt(embedding.grad().pow(2).sum().item<double>() +
                     head.grad().pow(2).sum().item<double>());
  }
  /// The weights after one step of plain gradient descent.
  WeightSnapshot descended(double rate) const {
    return {(embedding - rate * embedding.grad()).detach(), (head - rate * head.grad()).detach()};
  }

  torch::Tensor embedding, head;
};

/// Expects the same numbers within what the order of sums in float32 makes of them.
inline void expect_near(const WeightSnapshot& found, const WeightSnapshot& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(torch::allclose(found[i], expected[i], 1e-5, 1e-5)) << i << ": " << found[i] << "\n"
                                                                    << expected[i];
  }
}

/// Whether all are the same bits.
inline bool are_equal(const WeightSnapshot& a, const WeightSnapshot& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i].equal(b[i])) return false;
  }
  return true;
}

}  // namespace leakprobe::run_test
