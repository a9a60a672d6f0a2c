#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "support/run_helpers.h"

/// Probes that give several numbers of a cell, and values along an axis.
namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::HasSubstr;

fs::path experiment(const std::string& claims) {
  const fs::path file = fresh_folder("aggregates") / "aggregates.yaml";
  std::ofstream(file) << "extends: " << (source_folder() / "examples/tiny.yaml").string()
                      << "\nplugins: [" << LEAKPROBE_TEST_MEASURES << "]\n"
                      << "probes: [{name: mine, type: test.detailed, every: 2, rows: 4}]\n"
                      << "claim: null\nclaims:\n"
                      << claims;
  return file;
}

std::string claim(const std::string& name, const std::string& measure, const std::string& minus) {
  return "  - {name: " + name + ", measure: " + measure +
         ", set: held_out, prefix: reverse, phase: elicit, at: end, minus: " + minus + "}\n";
}

TEST(Aggregates, AreWhatClaimsReadEachInItsUnit) {
  const fs::path run =
      run_once(experiment(claim("a", "mine/largest", "control") +
                          claim("b", "mine/least", "control") + claim("c", "mine", "control")));
  const JsonValue result = JsonValue::read(run / "result.json");
  const JsonValue largest = result.at("claim"), further = result.at("further_claims");
  EXPECT_EQ(largest.get_string("unit"), "bits");
  EXPECT_DOUBLE_EQ(largest.get_double("chance"), -4);
  EXPECT_EQ(further[0].get_string("direction"), "smaller");
  EXPECT_EQ(further[1].get_string("unit"), "nats per token");

  double most = -1e9, least = 1e9;
  for (const JsonValue& record : json_lines(run / "items.jsonl")) {
    if (record.get_string("phase") != "elicit" || record.get_string("set") != "held_out" ||
        record.get_string("prefix") != "reverse") {
      continue;
    }
    const JsonValue values = record.at("values");
    for (size_t i = 0; i < values.size(); ++i) {
      most = std::max(most, values[i].as_double());
      least = std::min(least, values[i].as_double());
    }
  }
  EXPECT_NEAR(largest.get_double("value"), most / std::log(2.0), 1e-9);
  EXPECT_NEAR(further[0].get_double("value"), least / std::log(2.0), 1e-9);
}

TEST(Aggregates, AndWhatLiesAlongAnAxisAreRecorded) {
  const fs::path run = run_once(experiment(claim("a", "mine", "control")));
  size_t cells = 0;
  for (const JsonValue& record : json_lines(run / "metrics.jsonl")) {
    if (record.get_string("record") != "evaluation" || record.get_string("probe") != "mine")
      continue;
    const JsonValue list = record.at("cells");
    for (size_t c = 0; c < list.size(); ++c) {
      ++cells;
      EXPECT_LE(list[c].at("aggregates").get_double("least"),
                list[c].at("aggregates").get_double("largest"));
      const JsonValue along = list[c].at("along");
      ASSERT_GT(along.size(), 1U);
      double mean = 0;
      for (size_t i = 0; i < along.size(); ++i) {
        EXPECT_DOUBLE_EQ(along[i][0].as_double(), static_cast<double>(i));
        mean += along[i][1].as_double() / static_cast<double>(along.size());
      }
      EXPECT_NEAR(mean, list[c].get_double("value"), 1e-6);
    }
  }
  EXPECT_GT(cells, 0U);
}

TEST(Aggregates, ThatAreNotThereAreAMistakeWithItsPlace) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const auto said = [&](const std::string& claims) {
    std::string text;
    for (const Diagnostic& each : workbench.validate({experiment(claims), {}})) {
      text += each.text() + "\n";
    }
    return text;
  };
  EXPECT_THAT(said(claim("a", "mine/lest", "control")),
              HasSubstr("probe 'mine' gives no 'lest'\n    hint: did you mean 'least'?"));
  EXPECT_THAT(said(claim("a", "mine/least", "{measure: mine/largest}")),
              HasSubstr("their difference means nothing"));
  EXPECT_THAT(said(claim("a", "mine/least", "chance")), HasSubstr("has no chance level"));
}

}  // namespace
}  // namespace leakprobe
