#include "report/figures/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "format/files.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "format/support.h"
#include "leakprobe/error.h"
#include "leakprobe/host/report.h"
#include "records/ledger_record.h"
#include "records/step_record.h"
#include "report/figures/curve_data.h"
#include "report/figures/curves.h"
#include "report/figures/effect.h"
#include "report/figures/parts.h"
#include "report/figures/rendering.h"
#include "report/figures/rewards.h"
#include "report/synthetic_runs.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using synthetic::Arm;
using synthetic::Axes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The lines of `csv` that start with `start`.
std::vector<std::string> rows(const std::string& csv, const std::string& start) {
  std::vector<std::string> found;
  for (size_t at = 0; at < csv.size();) {
    const size_t end = csv.find('\n', at);
    if (csv.compare(at, start.size(), start) == 0) found.push_back(csv.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

class Figures : public testing::Test {
 protected:
  /// The report of a sweep, without figures.
  Value report(const Axes& axes, const std::vector<Arm>& arms) const {
    synthetic::write_sweep(folder_.path() / "sweep", axes, arms);
    host::ReportOptions options;
    options.directories = {folder_.path() / "sweep"};
    options.out = folder_.path() / "out";
    options.figures = false;
    return host::report(options);
  }
  Value ablation() const {
    return report({{"prefix", {"with", "without"}}, {"freezing", {"with", "without"}}},
                  {{{"with", "with"}, 0.2, 4, 0},
                   {{"with", "without"}, 0.05, 3, 1},
                   {{"without", "with"}, -0.3, 4, 0},
                   {{"without", "without"}, 0.1, 0, 4}});
  }
  const Value& group(const Value& report, size_t i) const {
    return report.find("groups")->as_list().at(i);
  }
  const TestFolder folder_;
};

TEST_F(Figures, ShowEachPhaseBehindThePrefixItTrainsAndTheClaimsPhaseBehindTheClaims) {
  const GroupCurves curves = read_curves(group(report({}, {{{}, 0.2, 2, 0}}), 0));
  ASSERT_EQ(curves.phases.size(), 3u);
  EXPECT_EQ(curves.phases[0].prefix, "regular");
  EXPECT_EQ(curves.phases[1].prefix, "regular");
  EXPECT_EQ(curves.phases[2].prefix, "reverse");
  EXPECT_EQ(curves.phases[1].start, 64);
  EXPECT_EQ(curves.phases[2].start, 864);
  EXPECT_EQ(curves.phases[2].steps, 600);
}

TEST_F(Figures, OfCountsThatHaveNoSumAreAnErrorThatNamesThem) {
  const Value made = ablation();
  const Value& group = made.find("groups")->as_list().front();
  const fs::path run = group.find("runs")->as_list().front().find("directory")->as_string();
  Value ledger = read_json(run / "ledger.json");
  Value& sets = ledger.at("columns").as_list().front().at("sets");
  sets.as_list().front().set("rows", kMostCounted);
  sets.push_back(sets.as_list().front());
  std::ofstream(run / "ledger.json") << to_json(ledger);
  try {
    read_curves(group);
    ADD_FAILURE() << "they were added";
  } catch (const Error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("ledger.json: columns[0].sets[1].rows: makes more"));
  }
}

TEST_F(Figures, OfRunsWithEverMorePhasesAreAnErrorAtOnce) {
  const Value made = ablation();
  const Value& group = made.find("groups")->as_list().front();
  const fs::path run = group.find("runs")->as_list().front().find("directory")->as_string();
  std::ofstream metrics(run / "metrics.jsonl");
  for (int i = 0; i < 2000; ++i) {
    metrics << R"({"v":1,"record":"evaluation","phase":"p)" << i
            << R"(","step":0,"probe":"curves","regular":true,"end":false,"cells":[]})" << '\n';
  }
  metrics.close();
  try {
    read_curves(group);
    ADD_FAILURE() << "they were read";
  } catch (const Error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("more evaluations than a figure takes"));
  }
}

TEST_F(Figures, CurvesHaveAMeanOverValidRunsAlone) {
  const Value all = report({}, {{{}, 0.2, 2, 1}});
  const auto figure = curves_figure(group(all, 0), read_curves(group(all, 0)), "curves");
  ASSERT_TRUE(figure);
  // Row, no seed, no verdict, phase, step in it and overall, set, prefix, shown by default.
  const auto mean = rows(figure->csv, "mean,,,elicit,240,1105,held_out,reverse,yes,");
  ASSERT_EQ(mean.size(), 1u);
  EXPECT_TRUE(mean[0].ends_with(",2,nats per token above chance")) << mean[0];
  double sum = 0;
  for (const std::string seed : {"1,VALID", "2,VALID"}) {
    const std::string start = "seed," + seed + ",elicit,240,1105,held_out,reverse,yes,";
    const auto row = rows(figure->csv, start);
    ASSERT_EQ(row.size(), 1u);
    sum += std::stod(row[0].substr(start.size()));
  }
  const std::string value = mean[0].substr(mean[0].find(",yes,") + 5);
  EXPECT_NEAR(std::stod(value), sum / 2, 2e-6);
  EXPECT_GT(sum, 0.1);
  // An INVALID run is drawn, behind the prefix of the phase alone; means are there for every cell.
  EXPECT_EQ(rows(figure->csv, "seed,0,INVALID,elicit,240,").size(), 3u);
  EXPECT_EQ(rows(figure->csv, "mean,,,elicit,240,").size(), 6u);
}

TEST_F(Figures, LookNearChanceOnlyWhereSomethingComesNear) {
  const Value all = report({}, {{{}, 0.2, 2, 0}});
  GroupCurves curves = read_curves(group(all, 0));
  EXPECT_EQ(curves_figure(group(all, 0), curves, "c")->spec["vconcat"].size(), 2u);
  for (GroupCurves::Run& run : curves.runs) {
    for (GroupCurves::Point& point : run.points) point.value = -0.1;
  }
  const auto figure = curves_figure(group(all, 0), curves, "c");
  EXPECT_EQ(figure->spec["vconcat"].size(), 1u) << "an empty panel shows nothing";
}

TEST_F(Figures, HaveNoStepsBetweenSteps) {
  const Value all = report({}, {{{}, 0.2, 2, 0}});
  const auto figure = curves_figure(group(all, 0), read_curves(group(all, 0)), "c");
  for (const OrderedJson& panel : figure->spec["vconcat"]) {
    EXPECT_EQ(panel["layer"].back()["encoding"]["x"]["axis"]["tickMinStep"], 1);
  }
}

TEST_F(Figures, DrawTheBarsOfTwoSidesApart) {
  const Figure bars = effect_figures(report({}, {{{}, 0.2, 2, 0}}))[0];
  // Of one case's 160 pixels its band has two thirds, and the sides stand 0.45 of that apart.
  EXPECT_EQ(bars.spec["width"], 160);
  EXPECT_LT(bars.spec["layer"][1]["mark"]["width"], 160 * 2 / 3 * 0.45);
}

TEST(FigureScales, OfOneValueHaveRoomAroundIt) {
  EXPECT_EQ(scale_around({0.25, 0.25}, {{"zero", false}}),
            (OrderedJson{{"zero", false}, {"domain", {0.125, 0.375}}}));
  EXPECT_EQ(scale_around({0, 0}, {})["domain"], (OrderedJson{-1.0, 1.0}));
  EXPECT_FALSE(scale_around({0.25, 0.5}, {{"zero", false}}).contains("domain"));
  EXPECT_FALSE(scale_around({}, {{"zero", false}}).contains("domain"));
}

TEST_F(Figures, OfTrainingOnRolloutsAreRewardAndDivergenceOfItsSteps) {
  const Value all = report({}, {{{}, 0.2, 2, 1}});
  const GroupCurves before = read_curves(group(all, 0));
  EXPECT_FALSE(rewards_figure("all", before, "rewards"));
  for (const Value& run : group(all, 0).find("runs")->as_list()) {
    std::ofstream lines(fs::path(run.text("directory")) / "metrics.jsonl", std::ios::app);
    const auto write = [&](const char* phase, int64_t step, std::map<std::string, double> metrics) {
      const StepRecord record{phase, step, 0.1, 1, 1, {{"against", std::move(metrics)}}};
      lines << to_json(record.to_value()) << '\n';
    };
    write("calibrate", 0, {{"loss", 3.0}});
    const double worth = -0.5 * static_cast<double>(run.integer("seed"));
    for (int64_t step = 0; step < 4; ++step) {
      write("suppress", step,
            {{"loss", 1.0}, {"reward", worth}, {"kl", 0.25 * static_cast<double>(step)}});
    }
  }
  const GroupCurves curves = read_curves(group(all, 0));
  const auto figure = rewards_figure("all", curves, "rewards");
  ASSERT_TRUE(figure);
  // Row, no seed, no verdict, phase, step in it and overall, term, metric, value, runs.
  EXPECT_THAT(rows(figure->csv, "mean,,,suppress,2,"),
              ElementsAre("mean,,,suppress,2,67,against,kl,0.5,2",
                          "mean,,,suppress,2,67,against,reward,-0.75,2"));
  EXPECT_EQ(rows(figure->csv, "seed,0,INVALID,suppress,2,").size(), 2u);
  EXPECT_EQ(rows(figure->csv, "mean,,,calibrate,").size(), 0u);
  EXPECT_EQ(figure->spec["vconcat"].size(), 2u) << "no suppression was measured";
  EXPECT_THAT(figure->spec.dump(), HasSubstr("\"KL, nats a token\""));
  const auto y_has_zero = [&](size_t panel) {
    return figure->spec["vconcat"][panel]["layer"].back()["encoding"]["y"]["scale"]["zero"];
  };
  EXPECT_EQ(y_has_zero(0), false) << "what a reward of 0 means nobody knows";
  EXPECT_EQ(y_has_zero(1), true) << "where it begins, at the reference";
  GroupCurves constant = curves;
  constant.runs.resize(1);
  EXPECT_TRUE(rewards_figure("all", constant, "r")
                  ->spec["vconcat"][0]["layer"]
                  .back()["encoding"]["y"]["scale"]
                  .contains("domain"))
      << "of one value Vega would label the axis 0";
  EXPECT_EQ(curves_figure(group(all, 0), curves, "c")->csv,
            curves_figure(group(all, 0), before, "c")->csv);
  write_figures(all, folder_.path() / "out");
  EXPECT_EQ(read_file(folder_.path() / "out" / "figures" / "rewards.csv"), figure->csv);
}

TEST_F(Figures, LeaveOutALastLineThatWasCutOffButNotOneBeforeIt) {
  const Value all = report({}, {{{}, 0.2, 1, 0}});
  const fs::path run = group(all, 0).find("runs")->as_list()[0].find("directory")->as_string();
  const std::string text = read_file(run / "metrics.jsonl");
  const size_t points = read_curves(group(all, 0)).runs[0].points.size();
  std::ofstream(run / "metrics.jsonl") << text.substr(0, text.size() - 20);
  EXPECT_EQ(read_curves(group(all, 0)).runs[0].points.size(), points - 6);
  std::ofstream(run / "metrics.jsonl") << text.substr(0, text.size() - 20) << '\n' << text;
  EXPECT_THAT(error_of([&] { read_curves(group(all, 0)); }), HasSubstr("metrics.jsonl:1"));
}

TEST_F(Figures, NameAnArmWithoutAValidRunByItsVerdictAndGiveItNoMean) {
  const std::vector<Figure> figures = effect_figures(ablation());
  ASSERT_EQ(figures.size(), 1u);
  const std::string& csv = figures[0].csv;
  EXPECT_THAT(
      rows(csv, "none,"),
      ElementsAre("none,without,prefix=without,,,0,,,,,INVALID,nats per token above chance"));
  EXPECT_EQ(rows(csv, "mean,without,prefix=without,").size(), 0u);
  EXPECT_EQ(rows(csv, "seed,without,prefix=without,").size(), 0u);
  const auto partly = rows(csv, "mean,without,prefix=with,held_out,");
  ASSERT_EQ(partly.size(), 1u);
  EXPECT_TRUE(partly[0].ends_with(",3 of 4,3 of 4 VALID,nats per token above chance")) << partly[0];
  EXPECT_EQ(rows(csv, "seed,without,prefix=with,held_out,").size(), 3u);
}

TEST_F(Figures, DrawIntervalsAsTheReportHasThem) {
  const Value all = ablation();
  const Value& leak = *group(all, 0).find("statistics")->find("leak");
  const auto row = rows(effect_figures(all)[0].csv, "mean,with,prefix=with,held_out,,");
  ASSERT_EQ(row.size(), 1u);
  double mean = 0, low = 0, high = 0;
  const size_t numbers = row[0].find(",,") + 2;
  ASSERT_EQ(std::sscanf(row[0].c_str() + numbers, "%lf,%lf,%lf", &mean, &low, &high), 3);
  EXPECT_NEAR(mean, leak.find("mean")->as_number(), 1e-6);
  EXPECT_NEAR(low, leak.find("ci95")->as_list()[0].as_number(), 1e-6);
  EXPECT_NEAR(high, leak.find("ci95")->as_list()[1].as_number(), 1e-6);
}

TEST_F(Figures, PutNumbersOnAScaleAndNamesSideBySide) {
  const Value shares = report({{"task.held_out", {"0.05", "0.25", "0.4"}}, {"prefix", {"a", "b"}}},
                              {{{"0.05", "a"}, 0.2, 2, 0},
                               {{"0.05", "b"}, 0.2, 2, 0},
                               {{"0.25", "a"}, 0.1, 2, 0},
                               {{"0.4", "a"}, 0.0, 2, 0}});
  const std::vector<Figure> figures = effect_figures(shares);
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_EQ(figures[0].name, "effect_by_task.held_out");
  EXPECT_EQ(figures[0].spec["facet"]["sort"], (OrderedJson{"prefix=a", "prefix=b"}));
  const OrderedJson& x = figures[0].spec["spec"]["layer"][1]["encoding"]["x"];
  EXPECT_EQ(x["type"], "quantitative");
  EXPECT_EQ(x["axis"]["values"], (OrderedJson{0.05, 0.25, 0.4}));
  const Figure bars = effect_figures(ablation())[0];
  EXPECT_EQ(bars.spec["spec"]["layer"][1]["mark"]["type"], "bar");
  EXPECT_EQ(bars.spec["spec"]["layer"][1]["encoding"]["x"]["type"], "nominal");
}

TEST_F(Figures, SayIncreasesAsTablesDoWhereThePointerIs) {
  if (!fs::exists(report_resources() / "python" / "vl_convert")) {
    GTEST_SKIP() << "the renderer is not installed: ./dev setup";
  }
  for (const Figure& figure : effect_figures(ablation())) {
    EXPECT_THAT(figure.spec.dump(), Not(HasSubstr("%\""))) << figure.name;
    EXPECT_THAT(figure.spec.dump(), HasSubstr(R"("title":"relative increase")")) << figure.name;
  }
  OrderedJson spec = new_spec("increases", "",
                              "row,share\n1,0.1419\n2,-0.5\n3,9.99\n4,10\n5,999998.6\n6,999999\n"
                              "7,1234567890\n8,1e300\n9,\n",
                              {{"share", "number"}});
  spec["transform"] = {increase_words("share", "words")};
  spec["mark"] = "text";
  spec["encoding"] = {{"y", field("row")}, {"text", field("words")}};
  const fs::path file = folder_.path() / "increases.vl.json";
  std::ofstream(file) << spec.dump();
  FiguresWritten written;
  render_figures({file}, written);
  EXPECT_THAT(written.hints, ElementsAre());
  const std::string svg = read_file(folder_.path() / "increases.svg");
  for (const char* words :
       {"+14.2 %", "−50.0 %", "+999.0 %", "×11", "×1,000,000", "×10^6", "×10^9", "×10^300", "–"}) {
    EXPECT_THAT(svg, HasSubstr(">" + std::string(words) + "</text>"));
  }
}

Scale scale(const char* unit, ProbeFacts::Direction direction, std::optional<double> chance) {
  Scale scale;
  scale.unit = unit;
  scale.direction = direction;
  scale.chance = chance;
  return scale;
}

TEST_F(Figures, HaveTheUnitOfTheClaimsProbeOnTheirAxes) {
  using Direction = ProbeFacts::Direction;
  const auto titles = [&](const Scale& measured) {
    const Value all = report({}, {{{}, 0.2, 2, 0, measured}});
    const std::string effect = effect_figures(all)[0].spec.dump();
    const Figure curves = *curves_figure(group(all, 0), read_curves(group(all, 0)), "curves");
    EXPECT_THAT(effect + curves.spec.dump() + curves.caption,
                Not(testing::ContainsRegex("nats|og-probability of")));
    EXPECT_EQ(effect.find("\"chance\"") != effect.npos, measured.chance.has_value());
    const auto axis = [](const std::string& spec, const std::string& field) {
      const size_t at =
          spec.find("\"field\":\"" + field + "\",\"type\":\"quantitative\",\"title\":");
      return spec.substr(at, spec.find('}', at) - at);
    };
    return axis(effect, "leak") + axis(curves.spec.dump(), "value");
  };
  EXPECT_THAT(titles(scale("bits", Direction::larger, 1.44)), HasSubstr("\"bits above chance\""));
  EXPECT_THAT(titles(scale("log2 rank", Direction::smaller, {})),
              HasSubstr("\"log2 rank (smaller is more leak)\""));
  EXPECT_THAT(titles(scale("AUC", Direction::either, 0.5)),
              HasSubstr("\"AUC, distance from chance\""));
  EXPECT_THAT(titles(scale("", Direction::larger, {})), HasSubstr("\"likelihood, as measured\""));
}

TEST_F(Figures, OfGroupsInDifferentUnitsHaveAnAxisEach) {
  const Scale bits = scale("bits", ProbeFacts::Direction::larger, {});
  const Value all = report({{"measure", {"likelihood", "exposure"}}},
                           {{{"likelihood"}, 0.2, 2, 0}, {{"exposure"}, 0.2, 2, 0, bits}});
  const std::vector<Figure> figures = effect_figures(all);
  ASSERT_EQ(figures.size(), 2u);
  EXPECT_THAT(rows(figures[0].csv, "mean,exposure"), ElementsAre());
  EXPECT_THAT(rows(figures[1].csv, "mean,likelihood"), ElementsAre());
  EXPECT_EQ(rows(figures[1].csv, "mean,exposure").size(), 2u);
  EXPECT_NE(figures[0].name, figures[1].name);
  EXPECT_THAT(figures[1].csv, HasSubstr(",bits\n"));
}

TEST_F(Figures, AreOneAGroupUpToANumberThatIsSaid) {
  std::vector<Arm> arms;
  std::vector<std::string> cases;
  for (int i = 0; i < 14; ++i) {
    cases.push_back("case" + std::to_string(i));
    arms.push_back({{cases.back()}, 0.2, 1, 0});
  }
  const fs::path out = folder_.path() / "out";
  const FiguresWritten written = write_figures(report({{"variant", cases}}, arms), out);
  const auto specs =
      std::count_if(written.files.begin(), written.files.end(), [](const fs::path& p) {
        return p.filename().string().starts_with("curves_") && p.extension() == ".csv";
      });
  EXPECT_EQ(specs, 12);
  EXPECT_THAT(written.hints, testing::Contains(HasSubstr("the first 12 of 14 groups")));
  for (const auto& entry : fs::directory_iterator(folder_.path() / "out" / "figures")) {
    const bool picture = entry.path().extension() == ".png";
    EXPECT_FALSE(picture && entry.path().filename().string().starts_with("curves")) << entry;
  }
  EXPECT_THAT(written.hints, testing::Contains(HasSubstr("more than 4 groups")));
}

TEST_F(Figures, OfAnEarlierReportDoNotStay) {
  const fs::path out = folder_.path() / "out";
  write_figures(report({{"prefix", {"a", "b"}}}, {{{"a"}, 0.2, 1, 0}, {{"b"}, 0.2, 1, 0}}), out);
  const fs::path earlier = out / "figures" / "curves_prefix-a.csv";
  ASSERT_TRUE(fs::exists(earlier));
  for (const char* name : {"notes.txt", "my_effect.png"}) {
    std::ofstream(out / "figures" / name) << "x";
  }
  write_figures(report({}, {{{}, 0.2, 1, 0}}), out);
  EXPECT_FALSE(fs::exists(earlier));
  EXPECT_TRUE(fs::exists(out / "figures" / "notes.txt"));
  EXPECT_TRUE(fs::exists(out / "figures" / "my_effect.png"));
}

TEST_F(Figures, AreTheSameBytesEachTime) {
  if (!fs::exists(report_resources() / "python" / "vl_convert")) {
    GTEST_SKIP() << "the renderer is not installed: ./dev setup";
  }
  const Value all = ablation();
  for (const char* name : {"one", "two"}) {
    const FiguresWritten written = write_figures(all, folder_.path() / name);
    EXPECT_THAT(written.hints, ElementsAre());
  }
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "one" / "figures")) {
    const fs::path other = folder_.path() / "two" / "figures" / entry.path().filename();
    EXPECT_EQ(read_file(entry.path()), read_file(other)) << other;
    ++compared;
  }
  EXPECT_EQ(compared, 5 * 4 + 1)
      << "SVG, PNG, CSV and specification of each, and the folder's mark";
  const std::string svg = read_file(folder_.path() / "one" / "figures" / "effect.svg");
  EXPECT_THAT(svg, HasSubstr(">INVALID</text>"));
  EXPECT_THAT(svg, HasSubstr(">3 of 4 VALID</text>"));
  EXPECT_THAT(svg, HasSubstr("#d55e00"));
}

TEST_F(Figures, DoNotDependOnWhatWasDrawnBefore) {
  if (!fs::exists(report_resources() / "python" / "vl_convert")) {
    GTEST_SKIP() << "the renderer is not installed: ./dev setup";
  }
  write_figures(report({}, {{{}, 0.2, 1, 0}}), folder_.path() / "out");
  const std::string spec = read_file(folder_.path() / "out" / "figures" / "curves.vl.json");
  // More than there are processes to draw them: one draws several.
  std::vector<fs::path> specs(2 * std::thread::hardware_concurrency() + 1);
  for (size_t i = 0; i < specs.size(); ++i) {
    specs[i] = folder_.path() / (std::to_string(i) + ".vl.json");
    std::ofstream(specs[i]) << spec;
  }
  FiguresWritten written;
  render_figures(specs, written);
  EXPECT_THAT(written.hints, ElementsAre());
  const std::string first = read_file(folder_.path() / "0.svg");
  EXPECT_THAT(first, HasSubstr("clip-path"));
  for (size_t i = 1; i < specs.size(); ++i) {
    EXPECT_EQ(read_file(folder_.path() / (std::to_string(i) + ".svg")), first) << i;
  }
}

}  // namespace
}  // namespace leakprobe
