#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>

#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "leakprobe/tensors.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, int> kPhaseNumbers = {{"calibrate", 1}, {"suppress", 2}, {"elicit", 3}};
const std::map<std::string, std::string> kParts = {
    {"dpo", "dpo"}, {"useful", "ce_useful"}, {"random", "ce_random"}};

/// One experiment, run once for all claims about it.
struct Trajectory {
  JsonValue expected;
  fs::path run;
  std::vector<JsonValue> records;

  Trajectory(const std::string& name, const std::string& device)
      : expected(
            JsonValue::read(testing_support::fixture("trajectories/" + name) / "expected.json")),
        run(testing_support::run_once(
            testing_support::source_folder() / "tests/parity/trajectories" / (name + ".yaml"),
            {"device=" + device})),
        records(testing_support::json_lines(run / "metrics.jsonl")) {}
};

/// A fixture's name and a device.
class Trajectories : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  static const std::string& fixture_name() { return std::get<0>(GetParam()); }
  static const Trajectory& trajectory() {
    static std::map<ParamType, Trajectory> known;
    const auto found = known.find(GetParam());
    return found != known.end()
               ? found->second
               : known.emplace(GetParam(), Trajectory(fixture_name(), std::get<1>(GetParam())))
                     .first->second;
  }
};

/// |a - b| relative to b.
void expect_relative(double a, double b, double tolerance, const std::string& what) {
  EXPECT_LE(std::abs(a - b), tolerance * std::abs(b)) << what << ": " << a << " and " << b;
}

TEST_P(Trajectories, EveryStepsLossesRatesAndGradientNormsAreThoseOfPytorch) {
  size_t next = 0;
  for (const JsonValue& record : trajectory().records) {
    if (record.get_string("record") != "step") continue;
    const JsonValue expected = trajectory().expected.at("log")[next++];
    const std::string place =
        record.get_string("phase") + " step " + std::to_string(record.get_int("step"));
    ASSERT_EQ(kPhaseNumbers.at(record.get_string("phase")), expected.get_int("phase"));
    ASSERT_EQ(record.get_int("step"), expected.get_int("step"));
    EXPECT_NEAR(record.get_double("lr"), expected.get_double("lr"), 1e-12) << place;
    expect_relative(record.get_double("loss"), expected.get_double("loss"), 1e-5, place + " loss");
    expect_relative(record.get_double("grad_norm"), expected.get_double("grad_norm"), 1e-4,
                    place + " gradient norm");
    const JsonValue terms = record.at("terms");
    for (const std::string& term : terms.keys()) {
      const auto part = kParts.find(term);
      const std::string name =
          terms.size() == 1 ? expected.at("parts").keys().front() : part->second;
      expect_relative(terms.at(term).get_double("loss"), expected.at("parts").get_double(name),
                      1e-5, place + " " + name);
      if (!terms.at(term).has("rewards/chosen")) continue;
      for (const std::string side : {"chosen", "rejected"}) {
        EXPECT_NEAR(terms.at(term).get_double("rewards/" + side),
                    expected.at("rewards").get_double(side), 2e-5)
            << place;
      }
    }
  }
  EXPECT_EQ(next, trajectory().expected.at("log").size());
}

TEST_P(Trajectories, EveryEvaluationIsThatOfPytorch) {
  std::map<std::pair<int64_t, int64_t>, JsonValue> expected;
  for (size_t i = 0; i < trajectory().expected.at("log").size(); ++i) {
    const JsonValue entry = trajectory().expected.at("log")[i];
    if (!entry.has("eval_after_step_mean_logprob")) continue;
    expected.emplace(std::pair(entry.get_int("phase"), entry.get_int("step")),
                     entry.at("eval_after_step_mean_logprob"));
  }
  size_t seen = 0;
  for (const JsonValue& record : trajectory().records) {
    if (record.get_string("record") != "evaluation" || !record.get_bool("regular")) continue;
    const auto values =
        expected.find({kPhaseNumbers.at(record.get_string("phase")), record.get_int("step")});
    ASSERT_NE(values, expected.end());
    ++seen;
    for (size_t c = 0; c < record.at("cells").size(); ++c) {
      const JsonValue cell = record.at("cells")[c];
      const std::string name = cell.get_string("set").substr(std::string("eval.").size());
      expect_relative(cell.get_double("value"), values->second.get_double(name), 1e-5, name);
    }
  }
  EXPECT_EQ(seen, expected.size());
}

TEST_P(Trajectories, WeightsAfterPhasesTwoAndThreeAreThoseOfPytorch) {
  const std::map<std::string, std::string> files = {{"suppress", "after_phase2.safetensors"},
                                                    {"elicit", "after_phase3.safetensors"}};
  for (const auto& [phase, file] : files) {
    const TensorFile expected =
        TensorFile::open(testing_support::fixture("trajectories/" + fixture_name()) / file);
    const TensorFile found =
        TensorFile::open(trajectory().run / "checkpoints" / phase / "model.safetensors");
    for (const std::string& name : expected.names()) {
      const std::string own = name == "lm_head.weight" ? "embed_out.weight" : name;
      // The key part's gradient is rounding noise, which Adam amplifies.
      const double tolerance = name.ends_with("query_key_value.bias") ? 5e-3 : 2e-5;
      const double difference = (found.read(own) - expected.read(name)).abs().max().item<double>();
      EXPECT_LE(difference, tolerance) << phase << " " << name;
    }
  }
}

TEST_P(Trajectories, FrozenParametersKeepTheirBytesThroughPhaseTwo) {
  if (!trajectory().expected.get_bool("freeze")) GTEST_SKIP() << "nothing is frozen here";
  const fs::path checkpoints = trajectory().run / "checkpoints";
  const TensorFile before = TensorFile::open(checkpoints / "calibrate/model.safetensors");
  const TensorFile after = TensorFile::open(checkpoints / "suppress/model.safetensors");
  const JsonValue frozen = trajectory().expected.at("frozen_parameters_in_phase2");
  size_t moved = 0;
  for (const std::string& name : before.names()) {
    moved += torch::equal(before.read(name), after.read(name)) ? 0 : 1;
  }
  for (size_t i = 0; i < frozen.size(); ++i) {
    const std::string name =
        frozen[i].as_string() == "lm_head.weight" ? "embed_out.weight" : frozen[i].as_string();
    EXPECT_TRUE(torch::equal(before.read(name), after.read(name))) << name;
  }
  EXPECT_EQ(moved, before.names().size() - frozen.size()) << "all others must have moved";
}

TEST(Bfloat16, LearnsWithTheWeightsOfThePresentStep) {
  const fs::path run = testing_support::run_once(
      testing_support::source_folder() / "tests/parity/trajectories/paper.yaml",
      {"compute=bfloat16"});
  const JsonValue expected =
      JsonValue::read(testing_support::fixture("trajectories/paper") / "expected.json").at("log");
  size_t next = 0;
  for (const JsonValue& record : testing_support::json_lines(run / "metrics.jsonl")) {
    if (record.get_string("record") != "step") continue;
    const JsonValue step = expected[next++];
    expect_relative(record.get_double("loss"), step.get_double("loss"), 0.05,
                    "step " + std::to_string(next));
  }
  EXPECT_EQ(next, expected.size());
}

INSTANTIATE_TEST_SUITE_P(All, Trajectories,
                         testing::Combine(testing::Values("paper", "no_freeze", "no_prefix"),
                                          testing::ValuesIn(testing_support::devices())),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param);
                         });

}  // namespace
}  // namespace leakprobe
