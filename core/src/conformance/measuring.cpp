#include <algorithm>
#include <cmath>

#include "conformance/findings.h"
#include "leakprobe/testing/test_context.h"
#include "plugin/contract.h"

namespace leakprobe {
namespace {

/// Answers as a model would, with numbers that depend on the tokens alone.
class FixedModel final : public ProbedModel {
 public:
  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override {
    std::vector<std::vector<float>> scores;
    for (const torch::Tensor& logits : this->logits(rows)) {
      const torch::Tensor first = at::log_softmax(logits, -1).select(1, 0).contiguous();
      scores.emplace_back(first.data_ptr<float>(), first.data_ptr<float>() + first.numel());
    }
    return scores;
  }
  std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) override {
    std::vector<torch::Tensor> result;
    for (const Row* row : rows) {
      const auto scored = std::count(row->scored.begin(), row->scored.end(), 1);
      result.push_back(irregular({scored, kTokens}, row->id(), -2, 2));
    }
    return result;
  }
  std::vector<torch::Tensor> residuals(const std::vector<const Row*>& rows,
                                       int64_t block) override {
    std::vector<torch::Tensor> result;
    for (const Row* row : rows) {
      const auto scored = std::count(row->scored.begin(), row->scored.end(), 1);
      result.push_back(
          irregular({scored, kWidth}, row->id() + static_cast<uint64_t>(block), -1, 1));
    }
    return result;
  }
  torch::Tensor unembed(const torch::Tensor& states) override {
    return states.matmul(irregular({kWidth, kTokens}, 1, -1, 1));
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
  static constexpr int64_t kTokens = 32;

 private:
  static constexpr int64_t kWidth = 8;
};

ProbeCell cell(std::string set, int64_t rows, int64_t salt) {
  ProbeCell result{{std::move(set), "regular"}, {}};
  for (int64_t i = 0; i < rows; ++i) {
    Row row;
    for (int64_t t = 0; t < 4 + i; ++t) row.tokens.push_back((salt + 7 * i + t * t) % 26);
    row.scored.assign(row.tokens.size(), 1);
    row.scored.front() = 0;
    row.secret = {1, static_cast<int64_t>(row.tokens.size())};
    result.rows.push_back(std::move(row));
  }
  return result;
}

}  // namespace

void check_probe(const Subject& subject, Findings& findings) {
  const auto& facts = std::any_cast<const ProbeFacts&>(subject.facts);
  findings.expect(
      facts.log_probability || facts.chance || facts.direction != ProbeFacts::Direction::either,
      "facts: leaks lie on either side of chance, and chance is not given");
  const testing::TestContext context;
  const auto probe = subject.make<Probe>(context);
  std::vector<ProbeCell> cells = {cell("held_out", 3, 1), cell("control", 2, 5)};
  if (facts.needs_control) cells[0].control = cells[1].control = 1;
  FixedModel model;
  probe->check(cells, FixedModel::kTokens);
  const std::vector<ProbeValue> values = probe->measure(model, cells);
  if (!findings.expect_none(fault_of(values, cells, facts))) return;
  const std::vector<ProbeValue> again = probe->measure(model, cells);
  findings.expect(again.size() == values.size() && again[0].value == values[0].value,
                  "measure: differs when asked again");
}

}  // namespace leakprobe
