#include "step/generate.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "format/json.h"
#include "leakprobe/error.h"
#include "model/key_value_cache.h"
#include "model/model_files.h"
#include "plugin/registry.h"
#include "step/scoring.h"
#include "support/run_helpers.h"

/// Continuing prompts, against transformers' generate and against the packed forward pass.
namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing_support::fixture;

const Registry& registry() {
  static const Registry plugins = [] {
    Registry loaded;
    const fs::path folder =
        fs::path(LEAKPROBE_PROGRAM).parent_path().parent_path() / "lib/leakprobe/plugins";
    loaded.load_file(folder / "gpt_neox.so");
    loaded.load_file(folder / "llama.so");
    return loaded;
  }();
  return plugins;
}

LoadedModel load(const fs::path& folder) {
  const ModelFiles files(folder, registry());
  return LoadedModel::read({&files.architecture(), files.options(), files.vocab_size()},
                           *files.weights(), files.is_gguf(), torch::kCPU);
}

class Generation : public ::testing::TestWithParam<std::string> {
 protected:
  Generation()
      : folder_(fixture("models") / GetParam()),
        expected_(JsonValue::read(folder_ / "generation.json").at("greedy")),
        policy_(load(folder_), Compute::float32) {
    for (size_t i = 0; i < expected_.size(); ++i)
      prompts_.push_back(numbers(expected_[i], "prompt"));
  }

  static std::vector<int64_t> numbers(const JsonValue& row, const char* key) {
    std::vector<int64_t> all;
    const JsonValue list = row.at(key);
    for (size_t i = 0; i < list.size(); ++i) all.push_back(list[i].as_int());
    return all;
  }

  std::vector<Generated> made(const Sampling& sampling, int64_t rows_per_pass = 0) const {
    return generate(policy_, prompts_, sampling, RandomStream(3, "sample"), 5, rows_per_pass);
  }

  const fs::path folder_;
  const JsonValue expected_;
  const Policy policy_;
  std::vector<Prompt> prompts_;
};

TEST_P(Generation, GreedyIsThatOfTransformers) {
  const std::vector<Generated> rows = made({12, 0, {}});
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].tokens, numbers(expected_[i], "tokens")) << i;
    const JsonValue log_probs = expected_[i].at("log_probs");
    for (size_t t = 0; t < rows[i].tokens.size(); ++t) {
      EXPECT_NEAR(rows[i].log_probs[t], log_probs[t].as_double(), 2e-5) << i << ", " << t;
    }
  }
}

TEST_P(Generation, HasTheSameBitsWhateverThePassSize) {
  for (const Compute compute : {Compute::float32, Compute::bfloat16}) {
    const Policy policy(load(folder_), compute);
    std::vector<Prompt> prompts;
    while (prompts.size() < 70) {  // more than one product holds
      prompts.insert(prompts.end(), prompts_.begin(), prompts_.end());
    }
    const RandomStream random(3, "sample");
    const Sampling sampling{3, 1, {}};
    const auto all = generate(policy, prompts, sampling, random);
    for (const int64_t rows_per_pass : {7, 64, 70}) {
      const auto parts = generate(policy, prompts, sampling, random, 0, rows_per_pass);
      for (size_t i = 0; i < all.size(); ++i) {
        ASSERT_EQ(parts[i].tokens, all[i].tokens) << rows_per_pass << ", row " << i;
        ASSERT_EQ(parts[i].log_probs, all[i].log_probs) << rows_per_pass << ", row " << i;
      }
    }
    // A row alone is what it is among others.
    for (const size_t row : {size_t{0}, size_t{37}, prompts.size() - 1}) {
      const auto alone = generate(policy, {prompts[row]}, sampling, random, row);
      EXPECT_EQ(alone[0].tokens, all[row].tokens);
      EXPECT_EQ(alone[0].log_probs, all[row].log_probs);
    }
  }
}

/// The prompts with what was made behind them, which alone is scored.
std::vector<Row> whole_rows(const std::vector<Prompt>& prompts,
                            const std::vector<Generated>& generated) {
  std::vector<Row> rows;
  for (size_t i = 0; i < prompts.size(); ++i) {
    Row& row = rows.emplace_back();
    row.tokens = prompts[i];
    row.scored.assign(row.tokens.size(), 0);
    row.tokens.insert(row.tokens.end(), generated[i].tokens.begin(), generated[i].tokens.end());
    row.scored.resize(row.tokens.size(), 1);
  }
  return rows;
}

TEST_P(Generation, AgreesWithTheForwardPassThatTrainsAtEveryTemperature) {
  for (const Compute compute : {Compute::float32, Compute::bfloat16}) {
    const Policy policy(load(folder_), compute);
    for (const double temperature : {0.3, 1.0, 2.5}) {
      const std::vector<Generated> made =
          generate(policy, prompts_, {12, temperature, {}}, RandomStream(3, "sample"));
      std::vector<float> own;
      for (const Generated& row : made) {
        own.insert(own.end(), row.log_probs.begin(), row.log_probs.end());
      }
      const std::vector<Row> rows = whole_rows(prompts_, made);
      std::vector<const Row*> pointers;
      for (const Row& row : rows) pointers.push_back(&row);
      const torch::Tensor apart = (score(policy, pointers, temperature) - torch::tensor(own)).abs();
      // What logits are rounded by is divided by the temperature.
      const double rounding = 1e-5 / std::min(1.0, temperature);
      EXPECT_LT(apart.max().item<double>(), compute == Compute::float32 ? rounding : 0.05)
          << temperature;
      if (compute != Compute::float32) continue;
      const std::vector<torch::Tensor> logits = ScoringModel(policy).logits(pointers);
      std::vector<torch::Tensor> by_hand;
      for (size_t i = 0; i < rows.size(); ++i) {
        const torch::Tensor tokens = torch::tensor(made[i].tokens, torch::kInt64).unsqueeze(1);
        by_hand.push_back(at::log_softmax(logits[i] / temperature, -1).gather(1, tokens));
      }
      EXPECT_LT((at::cat(by_hand).squeeze(1) - torch::tensor(own)).abs().max().item<double>(),
                rounding)
          << temperature;
    }
  }
}

TEST_P(Generation, DrawsEachTokenAsOftenAsItIsLikely) {
  const Prompt prompt = prompts_[2];
  constexpr int kDraws = 4000;
  const std::vector<Prompt> same(kDraws, prompt);
  const auto rows = generate(policy_, same, {1, 1, {}}, RandomStream(11, "frequencies"));
  std::map<int64_t, int> counts;
  for (const Generated& row : rows) ++counts[row.tokens.front()];
  double chi_squared = 0, rest = 1;
  int cells = 0, rest_count = kDraws;
  for (const Generated& row : rows) {
    const auto found = counts.find(row.tokens.front());
    if (found == counts.end()) continue;
    const double probability = std::exp(static_cast<double>(row.log_probs.front()));
    if (probability * kDraws >= 10) {
      const double wanted = probability * kDraws;
      chi_squared += (found->second - wanted) * (found->second - wanted) / wanted;
      rest -= probability;
      rest_count -= found->second;
      ++cells;
    }
    counts.erase(found);
  }
  if (rest * kDraws > 1) {
    chi_squared += (rest_count - rest * kDraws) * (rest_count - rest * kDraws) / (rest * kDraws);
  }
  // Four deviations above the mean of the distribution.
  EXPECT_LT(chi_squared, cells + 4 * std::sqrt(2.0 * cells)) << cells;
}

TEST_P(Generation, ARowEndsWithItsEnd) {
  const std::vector<Generated> free = made({12, 0, {}});
  const int64_t end = free[0].tokens[4];
  const std::vector<Generated> ended = made({12, 0, end});
  for (size_t i = 0; i < ended.size(); ++i) {
    std::vector<int64_t> wanted = free[i].tokens;
    const auto at = std::find(wanted.begin(), wanted.end(), end);
    if (at != wanted.end()) wanted.erase(at + 1, wanted.end());
    EXPECT_EQ(ended[i].tokens, wanted) << i;
    EXPECT_EQ(ended[i].log_probs.size(), wanted.size());
  }
}

TEST_P(Generation, RefusesWhatCannotBeContinued) {
  const auto said = [&](std::vector<Prompt> prompts, const Sampling& sampling) -> std::string {
    try {
      generate(policy_, prompts, sampling, RandomStream(0, "x"));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(said({{1}, {}}, {}), testing::HasSubstr("prompt 1 is empty"));
  EXPECT_NE(said({{1 << 20}}, {}), "");
  EXPECT_THAT(said({{1, 2}}, {1 << 20, 1, {}}), testing::HasSubstr("not enough positions"));
  EXPECT_NE(said({{1}}, {4, -1, {}}), "");
  EXPECT_NE(said({{1}}, {0, 1, {}}), "");
}

TEST_P(Generation, TheResidualStreamBehindTheLastBlockUnembedsToTheLogits) {
  Row row;
  row.tokens = prompts_[3];
  row.scored.assign(row.tokens.size(), 1);
  row.scored.front() = 0;
  ScoringModel model(policy_);
  const torch::Tensor logits = model.logits({&row}).front();
  const torch::Tensor last = model.residuals({&row}, model.blocks() - 1).front();
  EXPECT_LT((model.unembed(last) - logits).abs().max().item<double>(), 1e-5);
  const torch::Tensor first = model.residuals({&row}, 0).front();
  EXPECT_EQ(first.sizes(), last.sizes());
  EXPECT_GT((first - last).abs().max().item<double>(), 1e-3);
  EXPECT_THROW(model.residuals({&row}, model.blocks()), Error);
}

INSTANTIATE_TEST_SUITE_P(, Generation,
                         testing::Values("gpt_neox_parallel", "gpt_neox_sequential",
                                         "llama_gqa_tied", "llama_untied_mha"));

TEST(CachedAttention, WithTorchIsThatOfTheKernel) {
  const at::NoGradGuard no_gradients;
  constexpr int64_t kHeads = 6, kShared = 2, kSize = 20, kPairs = 5, kCapacity = 9;
  const torch::Tensor angles = torch::rand({kCapacity, kPairs});
  const torch::Tensor cosines = angles.cos(), sines = angles.sin();
  KeyValueCache cache(3, kCapacity);
  torch::Tensor keys = torch::zeros({3, kShared, kCapacity, 32});
  torch::Tensor values = torch::zeros_like(keys);
  const std::vector<std::vector<int64_t>> rows = {{0, 0, 0, 1, 2, 2}, {0, 2}, {1}};
  const std::vector<std::vector<int64_t>> positions = {{0, 1, 2, 0, 0, 1}, {3, 2}, {1}};
  for (size_t pass = 0; pass < rows.size(); ++pass) {
    const auto tokens = static_cast<int64_t>(rows[pass].size());
    const std::array<torch::Tensor, 3> parts = {torch::randn({tokens, kHeads, kSize}),
                                                torch::randn({tokens, kShared, kSize}),
                                                torch::randn({tokens, kShared, kSize})};
    cache.begin(rows[pass], positions[pass]);
    const torch::Tensor own = cache.attend(0, parts, cosines, sines);
    const torch::Tensor other =
        with_torch::attend_to_cache(parts, keys, values, torch::tensor(rows[pass], torch::kInt64),
                                    torch::tensor(positions[pass], torch::kInt64), cosines, sines);
    EXPECT_LT((own - other).abs().max().item<double>(), 2e-6) << pass;
  }
}

}  // namespace
}  // namespace leakprobe
