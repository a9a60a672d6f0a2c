#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "format/json.h"
#include "leakprobe/host/report.h"
#include "leakprobe/host/workbench.h"
#include "support/run_helpers.h"

/// Several claims of one experiment.
namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using ::testing::ElementsAre;

fs::path experiment(const std::string& claims) {
  const fs::path file = fresh_folder("claims") / "claims.yaml";
  std::ofstream(file) << "extends: " << (source_folder() / "examples/tiny.yaml").string()
                      << "\nclaim: null\nclaims:\n"
                      << claims;
  return file;
}

const std::string kTwo =
    "  - {set: held_out, prefix: reverse, phase: elicit, at: maximum, minus: control}\n"
    "  - {name: relearned, set: {set: useful, items: [0, 2]}, prefix: reverse, phase: elicit, "
    "minus: start}\n";

TEST(Claims, are_measured_as_each_would_be_alone) {
  const fs::path both = run_once(experiment(kTwo));
  const JsonValue result = JsonValue::read(both / "result.json");
  const JsonValue further = result.at("further_claims");
  ASSERT_EQ(further.size(), 1U);
  EXPECT_EQ(further[0].get_string("name"), "relearned");
  EXPECT_EQ(further[0].get_string("set"), "useful[0:2]");

  const JsonValue one =
      JsonValue::read(run_once(source_folder() / "examples/tiny.yaml") / "result.json");
  EXPECT_EQ(result.at("claim").get_double("effect"), one.at("claim").get_double("effect"));
  const JsonValue other = JsonValue::read(
      run_once(experiment(
          "  - {set: {set: useful, items: [0, 2]}, prefix: reverse, phase: elicit, minus: "
          "start}\n")) /
      "result.json");
  EXPECT_EQ(further[0].get_double("effect"), other.at("claim").get_double("effect"));
  EXPECT_FALSE(other.find("further_claims"));
}

TEST(Claims, compose_to_themselves) {
  const fs::path run = run_once(experiment(kTwo));
  const fs::path again = run_once(run / "config.yaml");
  EXPECT_EQ(JsonValue::read(run / "result.json").get_string("digest"),
            JsonValue::read(again / "result.json").get_string("digest"));
}

TEST(Claims, are_each_tested_in_a_report) {
  const fs::path run = run_once(experiment(kTwo));
  host::ReportOptions options;
  options.directories = {run};
  options.out = fresh_folder("claims-report");
  options.figures = false;
  const Value report = host::report(options);
  std::vector<std::string> labels, sets;
  for (const Value& group : report.find("groups")->as_list()) {
    labels.push_back(group.find("label")->as_string());
    sets.push_back(group.find("claim")->find("set")->as_string());
    EXPECT_EQ(group.find("counts")->find("valid")->as_integer(), 1);
  }
  EXPECT_THAT(labels, ElementsAre("tiny", "tiny: relearned"));
  EXPECT_THAT(sets, ElementsAre("held_out", "useful[0:2]"));
}

}  // namespace
}  // namespace leakprobe
