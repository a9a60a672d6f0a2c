#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "conformance/findings.h"
#include "leakprobe/policy_gradient.h"
#include "leakprobe/testing/test_context.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {

constexpr int64_t kItems = 6;
constexpr int64_t kTokens = 5;

/// Items with 2 to 5 scored tokens each, and the leaves that gradients are asked of.
struct Batch {
  std::vector<torch::Tensor> leaves;
  std::vector<std::pair<std::string, ColumnBatch>> columns;

  Columns all() const { return part(0, kItems); }
  Columns part(int64_t from, int64_t to) const {
    return with([=](const torch::Tensor& tensor) { return tensor.slice(0, from, to); });
  }
  /// With the policy of column `c` moved.
  Columns moved(size_t c, const torch::Tensor& by) const {
    Batch other = *this;
    ColumnBatch& column = other.columns[c].second;
    column.policy = (leaves[c].detach() + by) * column.mask;
    return other.all();
  }
  /// As beside longer rows.
  Columns padded() const {
    return with([](const torch::Tensor& tensor) {
      return tensor.dim() == 2 ? at::constant_pad_nd(tensor, {0, 3}) : tensor;
    });
  }

 private:
  using Change = std::function<torch::Tensor(const torch::Tensor&)>;
  Columns with(const Change& change) const {
    const auto of = [&](const torch::Tensor& tensor) {
      return tensor.defined() ? change(tensor) : tensor;
    };
    std::vector<std::pair<std::string, ColumnBatch>> changed;
    for (const auto& [name, column] : columns) {
      ColumnBatch batch{
          of(column.policy), of(column.reference), of(column.mask), {}, of(column.old)};
      for (const auto& [number, values] : column.numbers) batch.numbers[number] = of(values);
      changed.emplace_back(name, std::move(batch));
    }
    return Columns(std::move(changed));
  }
};

/// Of rows that their task gives: those that the column needs, and what they have besides.
RowNumbers numbers_of(const ColumnNeed& need) {
  RowNumbers numbers;
  for (const std::string& name : need.numbers) {
    numbers[name] = torch::arange(kItems).remainder(2).to(torch::kFloat32);
  }
  numbers["label"] = torch::arange(kItems).remainder(2).to(torch::kFloat32);
  return numbers;
}

/// Of rollouts: every second row is planted, and worth less than the others.
RowNumbers numbers_of_rollouts() {
  const torch::Tensor planted = torch::arange(kItems).remainder(2).to(torch::kFloat32);
  return {{kPlanted, planted},
          {kReward, -planted},
          {kAdvantage, 0.5 - planted + irregular({kItems}, 300, 0, 0.25)}};
}

/// `at_first`: the reference, and the policy that made rollouts, are still the policy itself.
Batch make_batch(const ObjectiveFacts& facts, bool at_first, torch::Dtype type = torch::kFloat32) {
  const auto log_probs = [type](uint64_t salt, double low, double high) {
    return irregular({kItems, kTokens}, salt, low, high).to(type);
  };
  Batch batch;
  for (size_t c = 0; c < facts.columns.size(); ++c) {
    ColumnBatch column;
    column.mask = torch::ones({kItems, kTokens}, type);
    for (int64_t i = 0; i < kItems; ++i) column.mask[i].slice(0, 2 + (i + c) % 4).zero_();
    torch::Tensor leaf = log_probs(c, -6.0, -0.5).set_requires_grad(true);
    column.policy = leaf * column.mask;
    if (facts.needs_reference) {
      column.reference =
          at_first ? column.policy.detach() : log_probs(100 + c, -6.0, -0.5) * column.mask;
    }
    if (facts.advantages) {
      column.old = column.policy.detach();
      if (!at_first) {
        column.old = column.old + log_probs(200, -0.3, 0.3) * column.mask;
      }
      column.numbers = numbers_of_rollouts();
    } else {
      column.numbers = numbers_of(facts.columns[c]);
    }
    batch.leaves.push_back(std::move(leaf));
    batch.columns.emplace_back(facts.columns[c].name, std::move(column));
  }
  return batch;
}

bool near(const torch::Tensor& a, const torch::Tensor& b) {
  return torch::allclose(a.to(torch::kFloat64), b.to(torch::kFloat64), 1e-4, 1e-4);
}

void check_values(const Objective& objective, const ObjectiveFacts& facts, Findings& findings) {
  const Batch batch = make_batch(facts, false);
  const Loss loss = objective.evaluate(batch.all());
  findings.expect_none(fault_of(loss, facts, true));
  if (!loss.sum.defined() || loss.sum.dim() != 0 || !loss.sum.requires_grad()) return;
  findings.expect(std::isfinite(loss.sum.item<double>()), "evaluate: the sum is not finite");
  for (const Loss::Metric& metric : loss.metrics) {
    findings.expect(metric.sum.isfinite().all().item<bool>(),
                    "evaluate: metric " + metric.name + " is not finite");
    findings.expect(!metric.sum.requires_grad(),
                    "evaluate: metric " + metric.name + " carries gradients; detach it");
  }
  findings.expect_none(fault_of_count(objective.count(batch.all())));

  loss.sum.backward();
  for (size_t c = 0; c < batch.leaves.size(); ++c) {
    const torch::Tensor& gradient = batch.leaves[c].grad();
    const ColumnNeed& need = facts.columns[c];
    if (need.sign == Sign::none) {
      findings.expect(!gradient.defined() || !gradient.any().item<bool>(),
                      "facts: column " + need.name +
                          " has a gradient, although its sign is none; detach what is taken of it");
      continue;
    }
    findings.expect(gradient.defined() && gradient.isfinite().all().item<bool>(),
                    "evaluate: the gradient of column " + need.name + " is missing or not finite");
  }
}

/// The sums of two parts of a batch must be those of the whole: micro-batches rely on it.
void check_additivity(const Objective& objective, const ObjectiveFacts& facts, Findings& findings) {
  if (facts.scope == ObjectiveFacts::Scope::batch) return;
  const Batch batch = make_batch(facts, false);
  const Columns all = batch.all(), head = batch.part(0, 2), tail = batch.part(2, kItems);
  const Loss whole = objective.evaluate(all), first = objective.evaluate(head),
             second = objective.evaluate(tail);
  findings.expect(near(whole.sum, first.sum + second.sum),
                  "evaluate: sums of parts do not add up although the scope is row");
  for (size_t m = 0; m < whole.metrics.size(); ++m) {
    findings.expect(
        near(whole.metrics[m].sum, first.metrics[m].sum + second.metrics[m].sum),
        "evaluate: metric " + whole.metrics[m].name + " does not add up over parts of a batch");
  }
  const double counts = objective.count(head) + objective.count(tail);
  findings.expect(std::abs(objective.count(all) - counts) < 1e-6 * counts,
                  "count: does not add up over parts of a batch");
}

/// What is taken as a constant by mistake has no effect, and shows here: along some direction the
/// gradient is the slope of the loss, by central differences in double precision.
void check_slopes(const Objective& objective, const ObjectiveFacts& facts, Findings& findings) {
  if (facts.detaches) return;
  constexpr double kStep = 1e-5;
  const Batch batch = make_batch(facts, false, torch::kFloat64);
  objective.evaluate(batch.all()).sum.backward();
  for (size_t c = 0; c < batch.leaves.size(); ++c) {
    const torch::Tensor& gradient = batch.leaves[c].grad();
    if (facts.columns[c].sign == Sign::none || !gradient.defined()) continue;
    const torch::Tensor direction =
        irregular({kItems, kTokens}, 400 + c, -1.0, 1.0).to(torch::kFloat64);
    const auto loss = [&](double step) {
      return objective.evaluate(batch.moved(c, step * direction)).sum.item<double>();
    };
    const double slope = (loss(kStep) - loss(-kStep)) / (2 * kStep);
    const double expected = (gradient * direction).sum().item<double>();
    findings.expect(std::abs(slope - expected) <= 1e-4 * std::max(1.0, std::abs(expected)),
                    fmt::format("evaluate: along the gradient of column {} the loss should change "
                                "by {:.4g} and changes by {:.4g}; compute both in the type of the "
                                "columns, and say what is detached with ObjectiveFacts::detaches",
                                facts.columns[c].name, expected, slope));
  }
}

/// How long the other rows are must not matter.
void check_padding(const Objective& objective, const ObjectiveFacts& facts, Findings& findings) {
  const Batch batch = make_batch(facts, false);
  const Loss loss = objective.evaluate(batch.all()), padded = objective.evaluate(batch.padded());
  findings.expect(near(loss.sum, padded.sum),
                  "evaluate: the loss counts tokens that are not scored; multiply by the mask");
  for (size_t m = 0; m < loss.metrics.size(); ++m) {
    const Loss::Metric& metric = loss.metrics[m];
    const Loss::Metric& other = padded.metrics[m];
    findings.expect(near(metric.sum, other.sum) && metric.count == other.count,
                    "evaluate: metric " + metric.name +
                        " counts tokens that are not scored; multiply by the mask");
  }
  findings.expect(objective.count(batch.all()) == objective.count(batch.padded()),
                  "count: counts tokens that are not scored; sum the mask");
}

void check_signs(const Objective& objective, const ObjectiveFacts& facts, Findings& findings) {
  const Batch batch = make_batch(facts, true);
  objective.evaluate(batch.all()).sum.backward();
  for (size_t c = 0; c < batch.leaves.size(); ++c) {
    const ColumnNeed& need = facts.columns[c];
    const torch::Tensor& gradient = batch.leaves[c].grad();
    const bool goes_one_way = need.sign == Sign::positive || need.sign == Sign::negative;
    if (!goes_one_way || !gradient.defined()) continue;
    const torch::Tensor wrong = need.sign == Sign::positive ? gradient > 0 : gradient < 0;
    findings.expect(!wrong.any().item<bool>(),
                    "facts: column " + need.name +
                        " is pushed against its sign where policy and reference agree");
  }
}

/// What is worth less than the baseline is made less likely, and what is worth more is not.
void check_advantages(const Objective& objective, const ObjectiveFacts& facts, Findings& findings) {
  if (!facts.advantages) return;
  const Batch batch = make_batch(facts, true);
  objective.evaluate(batch.all()).sum.backward();
  const torch::Tensor& gradient = batch.leaves.front().grad();
  if (!gradient.defined()) return;
  const torch::Tensor& advantage = batch.columns.front().second.numbers.at(kAdvantage);
  findings.expect(!(gradient * advantage.unsqueeze(1) > 0).any().item<bool>(),
                  "evaluate: rows are pushed against their advantage where policy, old and "
                  "reference agree");
}

}  // namespace

void check_objective(const Subject& subject, Findings& findings) {
  const auto facts = std::any_cast<ObjectiveFacts>(subject.facts);
  if (!findings.expect(!facts.columns.empty(), "facts: no columns")) return;
  const testing::TestContext context;
  const auto objective = subject.make<Objective>(context);
  check_values(*objective, facts, findings);
  check_additivity(*objective, facts, findings);
  check_slopes(*objective, facts, findings);
  check_padding(*objective, facts, findings);
  check_signs(*objective, facts, findings);
  check_advantages(*objective, facts, findings);
}

}  // namespace leakprobe
