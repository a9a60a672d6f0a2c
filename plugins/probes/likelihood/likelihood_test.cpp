#include "likelihood.h"

#include <gtest/gtest.h>

#include "leakprobe/kit/test_context.h"

namespace leakprobe {
namespace {

/// Gives each scored token minus its id, and counts calls.
class MinusId final : public ProbedModel {
 public:
  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override {
    ++calls;
    std::vector<std::vector<float>> scores;
    for (const Row* row : rows) {
      scores.emplace_back();
      for (size_t i = 0; i < row->tokens.size(); ++i) {
        if (row->scored[i]) scores.back().push_back(-static_cast<float>(row->tokens[i]));
      }
    }
    return scores;
  }
  std::vector<torch::Tensor> logits(const std::vector<const Row*>&) override { return {}; }
  std::vector<torch::Tensor> residuals(const std::vector<const Row*>&, int64_t) override {
    return {};
  }
  torch::Tensor unembed(const torch::Tensor&) override { return {}; }
  std::vector<Generated> generate(const std::vector<std::vector<int64_t>>&, const Sampling&,
                                  const RandomStream&) override {
    return {};
  }
  int64_t blocks() const override { return 0; }
  int calls = 0;
};

TEST(Likelihood, AveragesOverRowsAndTokensInOneCall) {
  const Likelihood probe({}, kit::TestContext());
  const std::vector<ProbeCell> cells = {
      {{"a", "regular"}, {{{9, 1, 2, 3}, {0, 1, 1, 1}, {1, 4}, {}}, {{9, 6}, {0, 1}, {1, 2}, {}}}},
      {{"b", "none"}, {{{5, 4}, {0, 1}, {0, 2}, {}}}}};
  MinusId model;
  const std::vector<ProbeValue> values = probe.measure(model, cells);
  EXPECT_EQ(model.calls, 1);
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0].cell, cells[0].cell);
  EXPECT_DOUBLE_EQ(values[0].value, -3.0) << "12 nats over 4 tokens";
  EXPECT_EQ(values[0].items, std::vector<double>({-2.0, -6.0}));
  EXPECT_DOUBLE_EQ(values[1].value, -4.0);
}

}  // namespace
}  // namespace leakprobe
