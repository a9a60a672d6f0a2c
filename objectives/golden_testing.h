#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/kit/test_context.h"
#include "leakprobe/objective.h"

/// What PyTorch gave for objectives, in double precision: tests/fixtures/preference_losses.json and
/// token_losses.json.
namespace leakprobe {

inline const torch::TensorOptions kDouble = torch::TensorOptions(torch::kFloat64);

inline nlohmann::json golden(const std::string& file) {
  std::ifstream stream(std::string(LEAKPROBE_TEST_FIXTURES "/") + file);
  return nlohmann::json::parse(stream);
}

/// (n)
inline torch::Tensor vector(const nlohmann::json& values) {
  return torch::tensor(values.get<std::vector<double>>(), kDouble);
}

/// (n, t)
inline torch::Tensor matrix(const nlohmann::json& rows) {
  std::vector<torch::Tensor> tensors;
  for (const nlohmann::json& row : rows) tensors.push_back(vector(row));
  return torch::stack(tensors);
}

/// (n, t): 1 at each row's first so many tokens.
inline torch::Tensor mask_of(const nlohmann::json& lengths, int64_t tokens) {
  return torch::arange(tokens, kDouble).lt(vector(lengths).unsqueeze(1)).to(torch::kFloat64);
}

/// The pairs of preference_losses.json as an objective takes them. The log-probability of a whole
/// text stands on its first token, so that gradients are those of sums over tokens.
class GoldenPairs {
 public:
  explicit GoldenPairs(ObjectiveFacts facts)
      : facts_(std::move(facts)), data_(golden("preference_losses.json")) {
    for (const ColumnNeed& need : facts_.columns) {
      leaves_.push_back(inputs("policy_" + text(need)).set_requires_grad(true));
    }
  }

  int64_t items() const { return leaves_.front().size(0); }
  Columns columns() const { return columns(0, items()); }
  Columns columns(int64_t from, int64_t to) const {
    std::vector<std::pair<std::string, ColumnBatch>> columns;
    for (size_t c = 0; c < leaves_.size(); ++c) {
      const std::string of = text(facts_.columns[c]);
      const torch::Tensor mask = mask_of(data_["inputs"]["length_" + of], kTokens);
      const auto sums = [&](const torch::Tensor& values) {
        return at::constant_pad_nd(values.unsqueeze(1), {0, kTokens - 1}).slice(0, from, to);
      };
      ColumnBatch batch;
      batch.policy = sums(leaves_[c]);
      if (facts_.needs_reference) batch.reference = sums(inputs("reference_" + of));
      batch.mask = mask.slice(0, from, to);
      columns.emplace_back(facts_.columns[c].name, std::move(batch));
    }
    return Columns(std::move(columns));
  }
  const nlohmann::json& expected(const std::string& name) const { return data_["cases"].at(name); }
  /// Of the mean, by the name of its case's member.
  std::vector<std::pair<std::string, torch::Tensor>> gradients() const {
    std::vector<std::pair<std::string, torch::Tensor>> found;
    for (size_t c = 0; c < leaves_.size(); ++c) {
      found.emplace_back("grad_mean_wrt_policy_" + text(facts_.columns[c]), leaves_[c].grad());
    }
    return found;
  }

 private:
  static constexpr int64_t kTokens = 16;
  static std::string text(const ColumnNeed& need) {
    return need.sign == Sign::negative ? "rejected" : "chosen";
  }
  torch::Tensor inputs(const std::string& name) const { return vector(data_["inputs"][name]); }

  const ObjectiveFacts facts_;
  const nlohmann::json data_;
  std::vector<torch::Tensor> leaves_;
};

/// The objective's value of each item, its mean and the mean's gradients are those of the case.
inline void expect_golden(const Objective& objective, const ObjectiveFacts& facts,
                          const std::string& name) {
  SCOPED_TRACE(name);
  const GoldenPairs pairs(facts);
  const nlohmann::json& expected = pairs.expected(name);
  for (int64_t i = 0; i < pairs.items(); ++i) {
    EXPECT_NEAR(objective.evaluate(pairs.columns(i, i + 1)).sum.item<double>(),
                expected["per_row"][static_cast<size_t>(i)].get<double>(), 1e-9);
  }
  const Columns all = pairs.columns();
  const torch::Tensor mean = objective.evaluate(all).sum / objective.count(all);
  EXPECT_NEAR(mean.item<double>(), expected["mean"].get<double>(), 1e-9);
  mean.backward();
  for (const auto& [member, gradient] : pairs.gradients()) {
    EXPECT_TRUE(torch::allclose(gradient, vector(expected[member]), 0, 1e-10)) << member;
  }
}

}  // namespace leakprobe
