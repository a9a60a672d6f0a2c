#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "conformance/inputs.h"
#include "conformance/laws.h"
#include "conformance/objective_batch.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/policy_gradient.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {
namespace objective_laws {

constexpr const char* kHeader = "leakprobe/objective.h";

const ObjectiveFacts& facts_of(const Subject& subject) {
  return subject.facts_as<ObjectiveFacts>();
}

/// An objective and what it is asked with.
struct Made {
  explicit Made(const Subject& subject)
      : facts(facts_of(subject)), objective(subject.make<Objective>(context)) {}
  const kit::TestContext context;
  const ObjectiveFacts& facts;
  const std::shared_ptr<Objective> objective;
};

bool is_differentiable(const Loss& loss) {
  return loss.sum.defined() && loss.sum.dim() == 0 && loss.sum.requires_grad();
}

bool near(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::allclose(a.to(torch::kFloat64), b.to(torch::kFloat64), 1e-4, 1e-4);
}

/// The metric of that name, if there is one that can be compared.
const Loss::Metric* find(const Loss& loss, const std::string& name) {
  const auto found = std::ranges::find(loss.metrics, name, &Loss::Metric::name);
  return found == loss.metrics.end() || !found->sum.defined() ? nullptr : &*found;
}

void ask(Objective& objective, const ObjectiveFacts& facts, Answers& answers) {
  for (const bool at_first : {false, true}) {
    const std::string when = at_first ? " where policy and reference agree" : "";
    const ObjectiveBatch batch = make_objective_batch(facts, at_first);
    const Loss loss = objective.evaluate(batch.all());
    answers.add("evaluate: the loss" + when, loss.sum);
    for (const Loss::Metric& metric : loss.metrics) {
      answers.add("evaluate: metric " + metric.name + when, metric.sum);
    }
    answers.add("count", objective.count(batch.all()));
    if (!is_differentiable(loss)) continue;
    loss.sum.backward();
    for (size_t c = 0; c < batch.leaves.size(); ++c) {
      answers.add("evaluate: the gradient of column " + facts.columns[c].name + when,
                  batch.leaves[c].grad());
    }
  }
}

void shapes(const Subject& subject, Findings& findings) {
  const Made made(subject);
  const ObjectiveBatch batch = make_objective_batch(made.facts, false);
  const Loss loss = made.objective->evaluate(batch.all());
  findings.expect_none(fault_of(loss, made.facts, true));
  for (const Loss::Metric& metric : loss.metrics) {
    findings.expect(!metric.sum.defined() || !metric.sum.requires_grad(),
                    "evaluate: metric " + metric.name + " carries gradients; detach it");
  }
  findings.expect_none(fault_of_count(made.objective->count(batch.all())));
}

void finite(const Subject& subject, Findings& findings) {
  const Made made(subject);
  const ObjectiveBatch batch = make_objective_batch(made.facts, false);
  const Loss loss = made.objective->evaluate(batch.all());
  if (!is_differentiable(loss)) return findings.pass_over("evaluate gives no loss to look at");
  findings.expect(std::isfinite(loss.sum.item<double>()), "evaluate: the sum is not finite");
  for (const Loss::Metric& metric : loss.metrics) {
    findings.expect(!metric.sum.defined() || metric.sum.isfinite().all().item<bool>(),
                    "evaluate: metric " + metric.name + " is not finite");
  }
  loss.sum.backward();
  for (size_t c = 0; c < batch.leaves.size(); ++c) {
    const torch::Tensor& gradient = batch.leaves[c].grad();
    if (made.facts.columns[c].sign == Sign::none) continue;
    findings.expect(gradient.defined() && gradient.isfinite().all().item<bool>(),
                    "evaluate: the gradient of column " + made.facts.columns[c].name +
                        " is missing or not finite");
  }
}

void signs(const Subject& subject, Findings& findings) {
  const Made made(subject);
  for (const bool at_first : {false, true}) {
    const ObjectiveBatch batch = make_objective_batch(made.facts, at_first);
    const Loss loss = made.objective->evaluate(batch.all());
    if (!is_differentiable(loss)) return findings.pass_over("evaluate gives no loss to look at");
    loss.sum.backward();
    for (size_t c = 0; c < batch.leaves.size(); ++c) {
      const ColumnNeed& need = made.facts.columns[c];
      const torch::Tensor& gradient = batch.leaves[c].grad();
      if (!gradient.defined()) continue;
      if (need.sign == Sign::none && !at_first) {
        findings.expect(!gradient.any().item<bool>(),
                        "column " + need.name +
                            " has a gradient, although its sign is none; detach what is taken of "
                            "it");
      }
      const bool goes_one_way = need.sign == Sign::positive || need.sign == Sign::negative;
      if (!goes_one_way || !at_first) continue;
      const torch::Tensor wrong = need.sign == Sign::positive ? gradient > 0 : gradient < 0;
      findings.expect(
          !wrong.any().item<bool>(),
          "column " + need.name + " is pushed against its sign where policy and reference agree");
    }
  }
}

void advantages(const Subject& subject, Findings& findings) {
  const Made made(subject);
  if (!made.facts.advantages) return findings.pass_over("it does not train on rollouts");
  const ObjectiveBatch batch = make_objective_batch(made.facts, true);
  const Loss loss = made.objective->evaluate(batch.all());
  if (!is_differentiable(loss)) return findings.pass_over("evaluate gives no loss to look at");
  loss.sum.backward();
  const torch::Tensor& gradient = batch.leaves.front().grad();
  if (!gradient.defined()) return;
  const torch::Tensor& advantage = batch.columns.front().second.numbers.at(kAdvantage);
  findings.expect(!(gradient * advantage.unsqueeze(1) > 0).any().item<bool>(),
                  "evaluate: rows are pushed against their advantage where policy, old and "
                  "reference agree");
}

/// Micro-batches rely on it.
void adds_up(const Subject& subject, Findings& findings) {
  const Made made(subject);
  if (made.facts.scope == ObjectiveFacts::Scope::batch) {
    return findings.pass_over("its scope is the batch");
  }
  const ObjectiveBatch batch = make_objective_batch(made.facts, false);
  const Columns all = batch.all(), head = batch.part(0, 2),
                tail = batch.part(2, ObjectiveBatch::kItems);
  const Loss whole = made.objective->evaluate(all), first = made.objective->evaluate(head),
             second = made.objective->evaluate(tail);
  if (!whole.sum.defined() || !first.sum.defined() || !second.sum.defined()) {
    return findings.pass_over("evaluate gives no loss to look at");
  }
  findings.expect(near(whole.sum, first.sum + second.sum),
                  "evaluate: sums of parts do not add up although the scope is row");
  for (const Loss::Metric& metric : whole.metrics) {
    const Loss::Metric* one = find(first, metric.name);
    const Loss::Metric* other = find(second, metric.name);
    if (!metric.sum.defined() || one == nullptr || other == nullptr) continue;
    findings.expect(near(metric.sum, one->sum + other->sum),
                    "evaluate: metric " + metric.name + " does not add up over parts of a batch");
  }
  const double counts = made.objective->count(head) + made.objective->count(tail);
  findings.expect(std::abs(made.objective->count(all) - counts) < 1e-6 * counts,
                  "count: does not add up over parts of a batch");
}

/// What is taken as a constant by mistake has no effect, and shows here: along some direction the
/// gradient is the slope of the loss, by central differences in double precision.
void gradient_is_slope(const Subject& subject, Findings& findings) {
  const Made made(subject);
  if (made.facts.detaches) return findings.pass_over("its facts say that it detaches something");
  constexpr double kStep = 1e-5;
  const ObjectiveBatch batch = make_objective_batch(made.facts, false, torch::kFloat64);
  const Loss loss = made.objective->evaluate(batch.all());
  if (!is_differentiable(loss)) return findings.pass_over("evaluate gives no loss to look at");
  loss.sum.backward();
  for (size_t c = 0; c < batch.leaves.size(); ++c) {
    const torch::Tensor& gradient = batch.leaves[c].grad();
    if (made.facts.columns[c].sign == Sign::none || !gradient.defined()) continue;
    const torch::Tensor direction =
        irregular({ObjectiveBatch::kItems, ObjectiveBatch::kTokens}, 400 + c, -1.0, 1.0)
            .to(torch::kFloat64);
    const auto loss_at = [&](double step) {
      return made.objective->evaluate(batch.moved(c, step * direction)).sum.item<double>();
    };
    const double slope = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
    const double expected = (gradient * direction).sum().item<double>();
    findings.expect(std::abs(slope - expected) <= 1e-4 * std::max(1.0, std::abs(expected)),
                    fmt::format("evaluate: along the gradient of column {} the loss should change "
                                "by {:.4g} and changes by {:.4g}; compute both in the type of the "
                                "columns, and say what is detached with ObjectiveFacts::detaches",
                                made.facts.columns[c].name, expected, slope));
  }
}

/// How long the other rows are must not matter.
void unscored(const Subject& subject, Findings& findings) {
  const Made made(subject);
  const ObjectiveBatch batch = make_objective_batch(made.facts, false);
  const Loss loss = made.objective->evaluate(batch.all());
  const Loss padded = made.objective->evaluate(batch.padded());
  if (!loss.sum.defined() || !padded.sum.defined()) {
    return findings.pass_over("evaluate gives no loss to look at");
  }
  findings.expect(near(loss.sum, padded.sum),
                  "evaluate: the loss counts tokens that are not scored; multiply by the mask");
  for (const Loss::Metric& metric : loss.metrics) {
    const Loss::Metric* other = find(padded, metric.name);
    if (!metric.sum.defined() || other == nullptr) continue;
    findings.expect(near(metric.sum, other->sum) && metric.count == other->count,
                    "evaluate: metric " + metric.name +
                        " counts tokens that are not scored; multiply by the mask");
  }
  findings.expect(made.objective->count(batch.all()) == made.objective->count(batch.padded()),
                  "count: counts tokens that are not scored; sum the mask");
}

void leaves_columns(const Subject& subject, Findings& findings) {
  const Made made(subject);
  const ObjectiveBatch batch = make_objective_batch(made.facts, false);
  const auto numbers = batch.numbers();
  std::vector<torch::Tensor> before;
  for (const auto& [what, tensor] : numbers) before.push_back(tensor.detach().clone());
  made.objective->evaluate(batch.all());
  made.objective->count(batch.all());
  for (size_t i = 0; i < numbers.size(); ++i) {
    findings.expect(at::equal(numbers[i].second, before[i]),
                    "evaluate: overwrites " + numbers[i].first +
                        "; the ledger and other terms read the same numbers");
  }
}

}  // namespace objective_laws
}  // namespace

KindKit objective_kit() {
  using namespace objective_laws;
  return {
      {{{"shapes",
         "evaluate gives one sum that carries a gradient and the metrics that the facts "
         "declare, detached; count gives a number above 0.",
         kHeader},
        shapes},
       {{"finite", "The loss, its metrics and its gradients are finite.", kHeader}, finite},
       {{"signs",
         "Where policy and reference agree, each column is pushed as its sign in the facts "
         "says, so that roles of rows are respected; one of the sign none gets no gradient.",
         kHeader},
        signs},
       {{"advantages", "Rows that the policy made are pushed as their advantages say.",
         "leakprobe/policy_gradient.h"},
        advantages},
       {{"adds_up",
         "Where the scope is row, the sums over the parts of a batch add up to that of the "
         "whole, and so do the counts.",
         kHeader},
        adds_up},
       {{"gradient",
         "The gradient is the slope of the loss, by central differences, or the facts say that "
         "something is detached.",
         kHeader},
        gradient_is_slope},
       {{"unscored", "Tokens that are not scored, where the mask is 0, count nowhere.", kHeader},
        unscored},
       {{"leaves_columns", "evaluate changes nothing of what it is given.", kHeader},
        leaves_columns}},
      [](const Subject& subject) {
        Interview talk = interview<Objective>(
            subject, [&facts = facts_of(subject)](Objective& objective, Answers& answers) {
              ask(objective, facts, answers);
            });
        talk.takes_gradients = true;
        return talk;
      }};
}

}  // namespace leakprobe
