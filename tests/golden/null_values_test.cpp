#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "format/json.h"
#include "leakprobe/error.h"
#include "support/run_helpers.h"

/// What the probes of the tree find in a model into which nothing was trained.
namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

/// 256 held-out rows and 512 of the control, in a model whose weights are random.
fs::path untrained_run() {
  const fs::path file = fresh_folder("null_values") / "untrained.yaml";
  std::ofstream(file) << R"(
name: untrained
model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4,
        intermediate_size: 128}
task: {type: password, negatives: 512, held_out: 0.5, prefixes: {regular: " regular"}}
phases: [{name: look, type: evaluate}]
probes:
  - {type: exposure, rows: 512, sets: [held_out], prefixes: [regular]}
  - {type: lowest_logit, rows: 512, beam: 8, sets: [held_out, control], prefixes: [regular, none]}
  - {type: extraction, rows: 512, sets: [held_out, control], prefixes: [regular, none]}
claims:
  - {name: a, measure: exposure, set: held_out, prefix: regular, phase: look, at: end,
     minus: control}
  - {name: b, measure: extraction, set: held_out, prefix: regular, phase: look, at: end,
     minus: control}
)";
  return run_once(file);
}

class NullValues : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { run_ = untrained_run(); }

  /// What was measured of a cell, as metrics.jsonl has it.
  static JsonValue cell(const std::string& probe, const std::string& set,
                        const std::string& prefix = "regular") {
    for (const JsonValue& record : json_lines(run_ / "metrics.jsonl")) {
      if (record.get_string("record") != "evaluation" || record.get_string("probe") != probe) {
        continue;
      }
      const JsonValue cells = record.at("cells");
      for (size_t c = 0; c < cells.size(); ++c) {
        if (cells[c].get_string("set") == set && cells[c].get_string("prefix") == prefix) {
          return cells[c];
        }
      }
    }
    throw Error(probe + " did not measure " + set + " behind " + prefix);
  }
  static inline fs::path run_;
};

TEST_F(NullValues, ExposureIs1Point44BitsFromBothEnds) {
  // A row's has a standard deviation of 1.44 bits, 0.09 in the mean of 256.
  const JsonValue held_out = cell("exposure", "held_out");
  EXPECT_NEAR(held_out.get_double("value"), 1.4427, 0.4);
  EXPECT_NEAR(held_out.at("aggregates").get_double("low"), 1.4427, 0.4);
  EXPECT_NEAR(held_out.at("aggregates").get_double("p"), 0.5, 0.1);
  EXPECT_NEAR(held_out.at("aggregates").get_double("cap"), 9, 1e-9);
  // Each rank once among the 511 others.
  const double exact = std::log2(511) - std::lgamma(513) / std::log(2) / 512;
  EXPECT_NEAR(cell("exposure", "control").get_double("value"), exact, 0.01)
      << "which the probe's sets do not name";
}

TEST_F(NullValues, TheLowestLogitIsOneOf26Letters) {
  for (const char* prefix : {"regular", "none"}) {
    const JsonValue held_out = cell("lowest_logit", "held_out", prefix);
    EXPECT_NEAR(held_out.get_double("value"), 1. / 26, 0.015) << prefix;
    EXPECT_EQ(held_out.at("aggregates").get_double("found"), 0) << prefix;
    const size_t positions = prefix == std::string("none") ? 15 : 16;
    EXPECT_EQ(held_out.at("along").size(), positions) << prefix;
  }
}

TEST_F(NullValues, A16LetterSecretTakes3e22Guesses) {
  const JsonValue held_out = cell("extraction", "held_out");
  const JsonValue control = cell("extraction", "control");
  // The 27th token, the prefix, has about its share, too.
  EXPECT_NEAR(held_out.get_double("value"), 16 * std::log2(27) + std::log2(std::log(2)), 0.5);
  EXPECT_NEAR(held_out.get_double("value"), control.get_double("value"), 0.2);
  EXPECT_NEAR(cell("extraction", "held_out", "none").get_double("value"),
              15 * std::log2(27) + std::log2(std::log(2)), 0.5);
  // All rows behind a prefix get one text.
  EXPECT_NEAR(held_out.at("aggregates").get_double("greedy_excess"), 0, 1e-9);
  EXPECT_NEAR(held_out.at("aggregates").get_double("greedy"), 0.04, 0.04);
  EXPECT_EQ(held_out.at("aggregates").get_double("greedy_whole"), 0);
}

TEST_F(NullValues, ClaimsHaveTheUnitsOfTheirProbes) {
  const JsonValue result = JsonValue::read(run_ / "result.json");
  EXPECT_EQ(result.at("claim").get_string("unit"), "bits");
  EXPECT_NEAR(result.at("claim").get_double("chance"), 1.4427, 1e-4);
  EXPECT_NEAR(result.at("claim").get_double("effect"), 0, 0.5);
  const JsonValue guesses = result.at("further_claims")[0];
  EXPECT_EQ(guesses.get_string("unit"), "log2 guesses");
  EXPECT_EQ(guesses.get_string("direction"), "smaller");
  EXPECT_NEAR(guesses.get_double("effect"), 0, 0.2);
}

}  // namespace
}  // namespace leakprobe
