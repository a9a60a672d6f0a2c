#include "report/figures/effect_against.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "format/files.h"
#include "format/support.h"
#include "leakprobe/host/report.h"
#include "leakprobe/host/workbench.h"
#include "report/gate_names.h"
#include "report/synthetic_runs.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using synthetic::Arm;
using synthetic::Axes;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class EffectAgainst : public testing::Test {
 protected:
  /// The report of a sweep against 'suppressed', without figures.
  Value report(const Axes& axes, const std::vector<Arm>& arms) const {
    synthetic::write_sweep(folder_.path() / "sweep", axes, arms);
    host::ReportOptions options;
    options.directories = {folder_.path() / "sweep"};
    options.out = folder_.path() / "out";
    options.figures = false;
    options.against = "suppressed";
    return host::report(options);
  }
  /// Of the arms one has no VALID run, and in one the gate does not apply.
  Value arms() const {
    return report({{"arm", {"dpo", "rmu", "kl", "none"}}}, {{{"dpo"}, 0.2, 3, 1, {}, -3.0},
                                                            {{"rmu"}, 0.1, 2, 0, {}, -1.5},
                                                            {{"kl"}, 0.1, 0, 2, {}, -0.5},
                                                            {{"none"}, 0.0, 2, 0, {}, {}}});
  }
  const TestFolder folder_;
};

/// The lines of `csv` that start with `start`.
std::vector<std::string> rows(const std::string& csv, const std::string& start) {
  std::vector<std::string> found;
  for (size_t at = 0; at < csv.size(); at = csv.find('\n', at) + 1) {
    if (csv.compare(at, start.size(), start) == 0) {
      found.push_back(csv.substr(at, csv.find('\n', at) - at));
    }
  }
  return found;
}

TEST_F(EffectAgainst, HasTheGatesOfEachRunInTheReportAndTheirMeansOverValidOnes) {
  const Value made = arms();
  EXPECT_EQ(made.text("against"), "suppress.suppressed");
  EXPECT_THAT(gate_names(made), ElementsAre("suppress.suppressed"));
  const Value& dpo = made.items("groups")[0];
  const Value& invalid = dpo.items("runs")[0];
  EXPECT_EQ(invalid.text("verdict"), "INVALID");
  EXPECT_EQ(invalid.at("gates").number("suppress.suppressed"), -3.0);
  const Value& gate = dpo.at("statistics").at("gates").at("suppress.suppressed");
  EXPECT_EQ(gate.text("unit"), "nats per token");
  EXPECT_NEAR(gate.number("mean"), -3.1, 1e-12) << "of seeds 1 to 3 alone";
  EXPECT_NEAR(gate.number("sd"), 0.05, 1e-12);
  EXPECT_THAT(made.items("groups")[3].items("runs")[0].at("gates").entries(), IsEmpty());
  EXPECT_THAT(made.items("groups")[3].at("statistics").at("gates").entries(), IsEmpty());
}

TEST_F(EffectAgainst, HasAColumnAGateInTheTableOfRuns) {
  arms();
  const std::string table = read_file(folder_.path() / "out" / "runs.csv");
  EXPECT_TRUE(table.substr(0, table.find('\n')).ends_with(",claim,gate:suppress.suppressed"));
  EXPECT_THAT(table, AllOf(HasSubstr(",,-3.05\n"), HasSubstr("\narm=kl,kl,0,INVALID,")));
  for (const std::string& row : rows(table, "arm=none,")) EXPECT_TRUE(row.ends_with(",,"));
}

TEST_F(EffectAgainst, IsAPointAValidRunAndAMeanAGroup) {
  const Value made = arms();
  const std::vector<Figure> figures = effect_against_figures(made);
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_EQ(figures[0].name, "effect_against_suppress.suppressed");
  const std::string& csv = figures[0].csv;
  EXPECT_EQ(rows(csv, "run,dpo,").size(), 3u);
  EXPECT_EQ(rows(csv, "run,dpo,1,-3.05,").size(), 1u);
  EXPECT_EQ(rows(csv, "run,rmu,").size(), 2u);
  const Value& effect = made.items("groups")[1].at("statistics").at("effect");
  const auto mean = rows(csv, "mean,rmu,,-1.525,");
  ASSERT_EQ(mean.size(), 1u);
  double of_csv = 0, low = 0, high = 0;
  ASSERT_EQ(std::sscanf(mean[0].c_str(), "mean,rmu,,-1.525,%lf,%lf,%lf,2 of 2,nats per token,nats",
                        &of_csv, &low, &high),
            3);
  EXPECT_NEAR(of_csv, effect.number("mean"), 1e-6);
  EXPECT_NEAR(low, effect.items("ci95")[0].as_number(), 1e-6);
  EXPECT_NEAR(high, effect.items("ci95")[1].as_number(), 1e-6);
  const std::string spec = figures[0].spec.dump();
  EXPECT_THAT(spec, HasSubstr(R"("title":"suppress.suppressed, nats per token")"));
  EXPECT_THAT(spec, HasSubstr(R"("title":"effect, nats per token")"));
  EXPECT_THAT(spec, HasSubstr("'held_out' minus control behind prefix 'reverse', nats per token"));
  EXPECT_THAT(spec, HasSubstr(R"("title":"arm","scale":{"domain":["dpo","rmu"])"));
}

TEST_F(EffectAgainst, NamesGroupsWithoutAPointAndDrawsNoneOfThem) {
  const Figure figure = effect_against_figures(arms())[0];
  EXPECT_THAT(figure.csv, AllOf(Not(HasSubstr("kl")), Not(HasSubstr("none"))));
  const std::string absent = "Not drawn: kl (INVALID); none (no value of the gate)";
  EXPECT_THAT(figure.caption, HasSubstr(absent + "."));
  EXPECT_EQ(figure.spec["title"]["subtitle"][1], absent);
}

TEST_F(EffectAgainst, TellsMoreGroupsApartThanThereAreColours) {
  Axes axes = {{"arm", {}}};
  std::vector<Arm> many;
  for (int i = 0; i < 10; ++i) {
    axes[0].second.push_back("arm" + std::to_string(i));
    many.push_back({{axes[0].second.back()}, 0.1, 1, 0, {}, -1.0 - i});
  }
  const OrderedJson spec = effect_against_figures(report(axes, many))[0].spec;
  const OrderedJson& shapes = spec["layer"][1]["encoding"]["shape"]["scale"]["range"];
  EXPECT_EQ(shapes[0], shapes[6]);
  EXPECT_NE(shapes[0], shapes[7]);
}

TEST_F(EffectAgainst, IsNoFigureAndANoteWhereNoValidRunHasBoth) {
  const Value made = report({{"arm", {"kl"}}}, {{{"kl"}, 0.1, 0, 2, {}, -0.5}});
  EXPECT_THAT(effect_against_figures(made), IsEmpty());
  host::ReportOptions options;
  options.directories = {folder_.path() / "sweep"};
  options.against = "suppressed";
  EXPECT_THAT(to_json(host::report(options).at("notes")),
              HasSubstr("nothing was drawn against suppress.suppressed: no VALID run has both"));
}

TEST(MeantGate, IsOneThatHasAValue) {
  const Value report = host::parse_json(
      R"({"groups": [{"runs": [{"gates": {"a.suppressed": -1, "a.margin": 2}},
                               {"gates": {"b.margin": 3, "never_pushed_up": 0}}]}]})",
      "report");
  EXPECT_EQ(meant_gate(report, "suppressed"), "a.suppressed");
  EXPECT_EQ(meant_gate(report, "b.margin"), "b.margin");
  EXPECT_EQ(meant_gate(report, "never_pushed_up"), "never_pushed_up");
  const auto refused = [&](const char* name) {
    return error_of([&] { meant_gate(report, name); });
  };
  EXPECT_EQ(refused("margin"),
            "several phases have a gate 'margin'; name one of a.margin and b.margin");
  EXPECT_EQ(refused("recovered"),
            "no run has a value of a gate 'recovered'; there are a.margin, a.suppressed, b.margin "
            "and never_pushed_up");
}

}  // namespace
}  // namespace leakprobe
