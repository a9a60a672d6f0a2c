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

TEST(Claims, AreMeasuredAsEachWouldBeAlone) {
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

/// The value of one side, measured by a claim of its own.
std::string side(const char* name, const char* set, const char* phase) {
  return std::string("  - {name: ") + name + ", set: " + set +
         ", prefix: reverse, phase: " + phase + ", at: maximum, minus: nothing}\n";
}

const std::string kDifferences =
    "  - {set: held_out, prefix: reverse, phase: elicit, at: maximum, minus: [control, {phase: "
    "suppress}]}\n";

TEST(Claims, TakeSeveralThingsOffOneAfterTheOther) {
  const JsonValue result = JsonValue::read(
      run_once(experiment(kDifferences + side("a", "held_out", "elicit") +
                          side("b", "control", "elicit") + side("c", "held_out", "suppress") +
                          side("d", "control", "suppress"))) /
      "result.json");
  const JsonValue claim = result.at("claim");
  const JsonValue alone = result.at("further_claims");
  const auto value = [&](size_t i) { return alone[i].get_double("value"); };
  EXPECT_NE(value(0), value(2));
  EXPECT_DOUBLE_EQ(claim.get_double("value"), value(0));
  EXPECT_NEAR(claim.get_double("effect"), (value(0) - value(1)) - (value(2) - value(3)), 1e-12);
  EXPECT_NEAR(claim.get_double("control_leak"),
              claim.get_double("leak") - claim.get_double("effect"), 1e-12);
  ASSERT_EQ(claim.at("sides").size(), 4U);
  for (const size_t i : {0, 1, 2, 3}) {
    EXPECT_DOUBLE_EQ(claim.at("sides")[i].get_double("value"), value(i)) << i;
  }
}

TEST(Claims, ComposeToThemselves) {
  const fs::path run = run_once(
      experiment(kTwo + kDifferences.substr(0, 5) + "name: third, " + kDifferences.substr(5)));
  const fs::path again = run_once(run / "config.yaml");
  EXPECT_EQ(JsonValue::read(run / "result.json").get_string("digest"),
            JsonValue::read(again / "result.json").get_string("digest"));
}

TEST(Claims, AreEachTestedInAReport) {
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
  EXPECT_THAT(labels, ElementsAre("tiny: claim", "tiny: relearned"));
  EXPECT_THAT(sets, ElementsAre("held_out", "useful[0:2]"));
}

TEST(Claims, OfDifferencesAreReportedInTheirOwnWords) {
  host::ReportOptions options;
  options.directories = {run_once(experiment(kDifferences))};
  options.out = fresh_folder("claims-differences");
  options.figures = false;
  const Value report = host::report(options);
  const Value& group = report.find("groups")->as_list().front();
  EXPECT_EQ(group.find("conclusion")->as_string(),
            "No conclusion: one run is an example, not evidence.");
  EXPECT_EQ(group.find("counts")->find("valid")->as_integer(), 1);
}

}  // namespace
}  // namespace leakprobe
