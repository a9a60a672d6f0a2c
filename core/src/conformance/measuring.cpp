#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "conformance/inputs.h"
#include "conformance/laws.h"
#include "leakprobe/kit/test_context.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {
namespace probe_laws {

constexpr const char* kHeader = "leakprobe/probe.h";

/// Answers as a model would, with numbers that depend on the tokens alone, and remembers what it
/// gave.
class RememberingModel final : public ProbedModel {
 public:
  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override {
    std::vector<std::vector<float>> scores;
    for (const Row* row : rows) {
      const torch::Tensor first =
          at::log_softmax(numbers(*row, kTokens, 0), -1).select(1, 0).contiguous();
      scores.emplace_back(first.data_ptr<float>(), first.data_ptr<float>() + first.numel());
    }
    return scores;
  }
  std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) override {
    std::vector<torch::Tensor> result;
    for (const Row* row : rows) result.push_back(given("logits", numbers(*row, kTokens, 0)));
    return result;
  }
  std::vector<torch::Tensor> residuals(const std::vector<const Row*>& rows,
                                       int64_t block) override {
    std::vector<torch::Tensor> result;
    for (const Row* row : rows) {
      result.push_back(given("residuals", numbers(*row, kWidth, 1 + block)));
    }
    return result;
  }
  torch::Tensor unembed(const torch::Tensor& states) override {
    return given("unembed", states.matmul(irregular({kWidth, kTokens}, 1, -1, 1)));
  }
  std::vector<Generated> generate(const std::vector<std::vector<int64_t>>& prompts,
                                  const Sampling& sampling, const RandomStream& random) override {
    std::vector<Generated> result(prompts.size());
    for (size_t i = 0; i < prompts.size(); ++i) {
      Random own = random.at(i);
      for (int64_t t = 0; t < sampling.tokens; ++t) {
        result[i].tokens.push_back(static_cast<int64_t>(own.below(kTokens)));
        result[i].log_probs.push_back(-static_cast<float>(std::log(kTokens)));
      }
    }
    return result;
  }
  int64_t blocks() const override { return 2; }

  /// The function whose tensors were changed since it gave them; "" where none was.
  std::string changed() const {
    for (const Given& each : given_) {
      if (!at::equal(each.tensor, each.before)) return each.function;
    }
    return "";
  }
  static constexpr int64_t kTokens = 32;

 private:
  static constexpr int64_t kWidth = 8;
  struct Given {
    std::string function;
    torch::Tensor tensor, before;
  };

  static torch::Tensor numbers(const Row& row, int64_t width, int64_t salt) {
    const auto scored = std::count(row.scored.begin(), row.scored.end(), 1);
    return irregular({scored, width}, row.id() + static_cast<uint64_t>(salt), -2, 2);
  }
  torch::Tensor given(const char* function, torch::Tensor tensor) {
    given_.push_back({function, tensor, tensor.clone()});
    return tensor;
  }

  std::vector<Given> given_;
};

/// Rows of 4 to 7 tokens.
ProbeCell cell(std::string set, int64_t rows, int64_t salt) {
  ProbeCell result{{std::move(set), "regular"}, {}};
  for (int64_t i = 0; i < rows; ++i) {
    Row row;
    for (int64_t t = 0; t < 4 + i % 4; ++t) row.tokens.push_back((salt + 7 * i + t * t) % 26);
    row.scored.assign(row.tokens.size(), 1);
    row.scored.front() = 0;
    row.secret = {1, static_cast<int64_t>(row.tokens.size())};
    result.rows.push_back(std::move(row));
  }
  return result;
}

std::vector<ProbeCell> cells_for(const ProbeFacts& facts) {
  std::vector<ProbeCell> cells = {cell("held_out", 8, 1), cell("control", 8, 5)};
  if (facts.needs_control) cells[0].control = cells[1].control = 1;
  return cells;
}

const ProbeFacts& facts_of(const Subject& subject) { return subject.facts_as<ProbeFacts>(); }

std::vector<ProbeValue> measure(Probe& probe, const ProbeFacts& facts, RememberingModel& model) {
  const std::vector<ProbeCell> cells = cells_for(facts);
  probe.check(cells, RememberingModel::kTokens);
  return probe.measure(model, cells);
}

void ask(Probe& probe, const ProbeFacts& facts, Answers& answers) {
  RememberingModel model;
  for (const ProbeValue& value : measure(probe, facts, model)) {
    const std::string where = "measure of set '" + value.cell.name() + "'";
    answers.add(where, value.value);
    for (const double item : value.items) answers.add(where + ", an item,", item);
    for (const double aggregate : value.aggregates) {
      answers.add(where + ", an aggregate,", aggregate);
    }
    for (const ProbeValue::Point& point : value.along) {
      answers.add(where + ", along its axis,", point.at);
      answers.add(where + ", along its axis,", point.value);
    }
  }
}

void chance(const Subject& subject, Findings& findings) {
  const ProbeFacts& facts = facts_of(subject);
  findings.expect(
      facts.log_probability || facts.chance || facts.direction != ProbeFacts::Direction::either,
      "facts: leaks lie on either side of chance, and chance is not given");
}

void cells(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  RememberingModel model;
  const ProbeFacts& facts = facts_of(subject);
  findings.expect_none(
      fault_of(measure(*subject.make<Probe>(context), facts, model), cells_for(facts), facts));
}

void changes_nothing(const Subject& subject, Findings& findings) {
  const kit::TestContext context;
  RememberingModel model;
  measure(*subject.make<Probe>(context), facts_of(subject), model);
  const std::string changed = model.changed();
  findings.expect(changed.empty(), "measure: overwrites the tensors that the model's " + changed +
                                       " gave; change a copy");
}

}  // namespace probe_laws
}  // namespace

KindKit probe_kit() {
  using namespace probe_laws;
  return {
      {{{"chance", "Where leaks lie on either side of chance, the facts say where chance is.",
         kHeader},
        chance},
       {{"cells",
         "measure gives each cell, in order, a finite value, one item a row, and the aggregates "
         "and values along the axis that the facts name.",
         kHeader},
        cells},
       {{"changes_nothing",
         "A probe leaves the model as it is, and what it gave: no weight, no logit changes.",
         kHeader},
        changes_nothing}},
      [](const Subject& subject) {
        const ProbeFacts& facts = facts_of(subject);
        return interview<Probe>(
            subject, [&facts](Probe& probe, Answers& answers) { ask(probe, facts, answers); });
      }};
}

}  // namespace leakprobe
