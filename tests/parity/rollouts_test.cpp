// Training on rollouts, step by step, against PyTorch: tests/external/rollout_trajectories.py.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "format/json.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing_support::json_lines;

/// As close as f32 comes to double precision: of numbers beyond 1 in relative terms.
void expect_close(double found, double expected, double tolerance, const std::string& what) {
  EXPECT_NEAR(found, expected, tolerance * std::max(1.0, std::abs(expected))) << what;
}

/// The experiment's run on a device, once for all claims about it.
const fs::path& run_on(const std::string& device) {
  static std::map<std::string, fs::path> runs;
  const auto known = runs.find(device);
  if (known != runs.end()) return known->second;
  const fs::path experiment = testing_support::source_folder() / "tests/parity/rollouts.yaml";
  return runs.emplace(device, testing_support::run_once(experiment, {"device=" + device}))
      .first->second;
}

/// A phase of the experiment and a device.
class RolloutTrajectories : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  static std::string phase() { return std::get<0>(GetParam()); }
  static JsonValue expected() {
    return JsonValue::read(testing_support::fixture("rollouts") / (phase() + ".json"));
  }
  /// The phase's lines of a file of the run.
  static std::vector<JsonValue> lines(const std::string& file) {
    std::vector<JsonValue> own;
    for (JsonValue& line : json_lines(run_on(std::get<1>(GetParam())) / file)) {
      if (line.has("phase") && line.get_string("phase") == phase()) own.push_back(std::move(line));
    }
    return own;
  }
  /// Of each step in turn.
  static std::vector<JsonValue> step_records() {
    std::vector<JsonValue> steps;
    for (JsonValue& line : lines("metrics.jsonl")) {
      if (line.get_string("record") == "step") steps.push_back(std::move(line));
    }
    return steps;
  }
  /// The rows of each step in turn.
  static std::vector<std::vector<JsonValue>> rows() {
    std::vector<std::vector<JsonValue>> rows;
    for (JsonValue& line : lines("samples.jsonl")) {
      const auto step = static_cast<size_t>(line.get_int("step"));
      if (step >= rows.size()) rows.resize(step + 1);
      rows[step].push_back(std::move(line));
    }
    return rows;
  }
};

std::vector<int64_t> integers(const JsonValue& list) {
  std::vector<int64_t> integers;
  for (size_t i = 0; i < list.size(); ++i) integers.push_back(list[i].as_int());
  return integers;
}

TEST_P(RolloutTrajectories, RowsAreThoseThatPytorchTrainedOnAndWorthTheSame) {
  const std::vector<std::vector<JsonValue>> found = rows();
  const JsonValue batches = expected().at("batches");
  size_t step = 0;
  for (size_t b = 0; b < batches.size(); ++b) {
    const JsonValue rows = batches[b].at("rows");
    for (size_t reused = 0; reused < batches[b].at("steps").size(); ++reused, ++step) {
      ASSERT_LT(step, found.size());
      ASSERT_EQ(found[step].size(), rows.size()) << "step " << step;
      for (size_t i = 0; i < rows.size(); ++i) {
        const JsonValue& row = found[step][i];
        const std::string place = "step " + std::to_string(step) + " row " + std::to_string(i);
        ASSERT_EQ(integers(row.at("tokens")), integers(rows[i].at("tokens"))) << place;
        ASSERT_EQ(row.get_bool("planted"), rows[i].get_bool("planted")) << place;
        EXPECT_NEAR(row.get_double("reward"), rows[i].get_double("reward"), 1e-12) << place;
        expect_close(row.get_double("advantage"), rows[i].get_double("advantage"), 1e-5, place);
      }
    }
  }
  EXPECT_EQ(step, found.size());
}

TEST_P(RolloutTrajectories, EveryStepsLossesMetricsAndGradientNormsAreThoseOfPytorch) {
  const std::vector<JsonValue> found = step_records();
  const JsonValue batches = expected().at("batches");
  size_t next = 0;
  for (size_t b = 0; b < batches.size(); ++b) {
    const JsonValue steps = batches[b].at("steps");
    for (size_t s = 0; s < steps.size(); ++s, ++next) {
      ASSERT_LT(next, found.size());
      const std::string place = "step " + std::to_string(next);
      const JsonValue terms = found[next].at("terms");
      const JsonValue term = terms.at(terms.keys().front());
      expect_close(term.get_double("loss"), steps[s].get_double("loss"), 1e-5, place + " loss");
      const double norm = steps[s].get_double("grad_norm");
      EXPECT_NEAR(found[next].get_double("grad_norm"), norm, 1e-4 * norm) << place;
      const JsonValue metrics = steps[s].at("metrics");
      for (const std::string& name : metrics.keys()) {
        expect_close(term.get_double(name), metrics.get_double(name), 2e-5, place + " " + name);
      }
    }
  }
  EXPECT_EQ(next, found.size());
}

TEST_P(RolloutTrajectories, LogProbabilitiesOfAllRowsAtTheEndAreThoseOfPytorch) {
  std::map<std::string, JsonValue> found;
  for (const JsonValue& items : lines("items.jsonl")) {
    found.insert_or_assign(items.get_string("set"), items.at("values"));
  }
  const JsonValue expected_sets = expected().at("final");
  ASSERT_EQ(found.size(), expected_sets.size());
  for (const std::string& set : expected_sets.keys()) {
    const JsonValue values = expected_sets.at(set);
    ASSERT_EQ(found.at(set).size(), values.size()) << set;
    for (size_t i = 0; i < values.size(); ++i) {
      expect_close(found.at(set)[i].as_double(), values[i].as_double(), 1e-5,
                   set + " " + std::to_string(i));
    }
  }
}

TEST_P(RolloutTrajectories, HaveWhatTellsFormulasApart) {
  const JsonValue batches = expected().at("batches");
  std::map<size_t, int> lengths;
  double kl = 0, clipped = 0;
  int planted = 0;
  for (size_t b = 0; b < batches.size(); ++b) {
    for (size_t i = 0; i < batches[b].at("rows").size(); ++i) {
      const JsonValue row = batches[b].at("rows")[i];
      if (row.get_bool("planted")) {
        ++planted;
      } else {
        ++lengths[row.at("tokens").size()];
      }
    }
    for (size_t s = 0; s < batches[b].at("steps").size(); ++s) {
      const JsonValue metrics = batches[b].at("steps")[s].at("metrics");
      if (metrics.has("kl")) kl = std::max(kl, std::abs(metrics.get_double("kl")));
      if (metrics.has("clip_ratio")) clipped = std::max(clipped, metrics.get_double("clip_ratio"));
    }
  }
  EXPECT_GT(lengths.size(), 3u) << "rows end after different numbers of tokens";
  EXPECT_EQ(planted > 0, phase() != "discounted");
  EXPECT_GT(kl, 0.01) << "the policy leaves the reference";
  if (batches[0].at("steps").size() > 1) {
    EXPECT_GT(clipped, 0) << "ratios are clipped";
  }
}

INSTANTIATE_TEST_SUITE_P(All, RolloutTrajectories,
                         testing::Combine(testing::Values("rloo", "grpo", "ppo", "discounted",
                                                          "reinforce", "bounded", "tapered"),
                                          testing::ValuesIn(testing_support::devices())),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param);
                         });

}  // namespace
}  // namespace leakprobe
