#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "format/files.h"
#include "format/json.h"
#include "format/support.h"
#include "leakprobe/host/report.h"
#include "leakprobe/host/workbench.h"
#include "report/statistics.h"
#include "report/synthetic_runs.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A sweep over prefix, freezing and eight seeds; two runs of one arm are INVALID.
class CompareAlong : public testing::Test {
 protected:
  void SetUp() override {
    synthetic::write_sweep(
        sweep(), {{"prefix", {"with", "without"}}, {"freezing", {"upper", "none", "all"}}},
        {{{"with", "upper"}, 0.2, 8, 0},
         {{"with", "none"}, 0.05, 8, 0},
         {{"with", "all"}, 0.21, 8, 0},
         {{"without", "upper"}, 0.4, 8, 0},
         {{"without", "none"}, 0.1, 6, 2},
         {{"without", "all"}, 0.4, 8, 0}});
  }
  fs::path sweep() const { return folder_.path() / "sweep"; }

  /// The effect in the result.json of an arm's run.
  double effect(int arm, int64_t seed) const {
    const std::string name = "00000000000000" + std::to_string(10 + arm);
    return JsonValue::read(sweep() / "runs" / (name + "-s" + std::to_string(seed)) / "result.json")
        .at("claim")
        .get_double("effect");
  }

  TestFolder folder_;
};

TEST_F(CompareAlong, PairsRunsThatAreAlikeInAllOtherAxesAndTheSeedAndCountsASeedOnce) {
  const Value result = host::compare_along(sweep(), "freezing");
  EXPECT_EQ(to_json(*result.find("over")), R"(["prefix"])");
  const Value::List& comparisons = result.find("comparisons")->as_list();
  ASSERT_EQ(comparisons.size(), 3u) << "each two of three cases";
  const Value& first = comparisons[0];
  EXPECT_EQ(*first.find("a"), Value("upper"));
  EXPECT_EQ(*first.find("b"), Value("none"));
  std::vector<double> expected, means;
  for (int64_t seed = 0; seed < 8; ++seed) {
    means.push_back(expected.emplace_back(effect(0, seed) - effect(1, seed)));
  }
  for (int64_t seed = 2; seed < 8; ++seed) {
    const double other = expected.emplace_back(effect(3, seed) - effect(4, seed));
    double& mean = means[static_cast<size_t>(seed)];
    mean = (mean + other) / 2;
  }
  std::vector<double> found;
  for (const Value& pair : first.find("pairs")->as_list()) {
    found.push_back(pair.find("difference")->as_number());
    EXPECT_EQ(pair.find("labels")->find("freezing"), nullptr);
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(first.integer("seeds"), 8);
  const SampleStatistics statistics = describe_sample(means);
  const Value& written = *first.find("statistics");
  EXPECT_EQ(written.find("mean")->as_number(), *statistics.mean);
  EXPECT_EQ(written.find("sign_flip_p_two_sided")->as_number(), statistics.sign_flip->two_sided);
  EXPECT_EQ(written.find("ci95")->as_list()[0].as_number(), statistics.ci95->low);
}

TEST_F(CompareAlong, NamesPairsThatLackAValidSide) {
  const Value result = host::compare_along(sweep(), "freezing");
  const Value& left_out = *result.find("comparisons")->as_list()[0].find("left_out");
  ASSERT_EQ(left_out.as_list().size(), 2u);
  EXPECT_EQ(to_json(left_out.as_list()[0]),
            R"({"labels":{"prefix":"without"},"seed":0,"a":"VALID","b":"INVALID",)"
            R"("a_reasons":[],"b_reasons":["gate elicit.recovered is 0.31, must be above 1"]})");
}

TEST_F(CompareAlong, AdjustsForAllPairsOfCases) {
  const Value result = host::compare_along(sweep(), "freezing");
  std::vector<std::optional<double>> p, adjusted;
  for (const Value& one : result.find("comparisons")->as_list()) {
    p.push_back(one.find("statistics")->find("sign_flip_p_two_sided")->as_number());
    adjusted.push_back(one.find("p_holm")->as_number());
  }
  EXPECT_EQ(adjusted, holm_adjusted(p));
}

TEST_F(CompareAlong, ConcludesOnlyWhatThePairsCanShow) {
  const auto conclusions = [&](const char* axis) {
    std::vector<std::string> texts;
    const Value result = host::compare_along(sweep(), axis);
    for (const Value& one : result.find("comparisons")->as_list()) {
      texts.push_back(one.find("conclusion")->as_string());
    }
    return texts;
  };
  EXPECT_EQ(conclusions("prefix"),
            std::vector<std::string>{"The effect of with is smaller than that of without."})
      << "eight seeds, all of one sign: p = 2 / 2^8";
  EXPECT_EQ(conclusions("freezing")[0], "The effect of upper is larger than that of none.")
      << "eight seeds of one sign and three tests: 3 * 2 / 2^8";
}

/// Runs of one seed resemble one another, under however many cases of other axes.
TEST(CompareAlongFewSeeds, ManyPairsOfTwoSeedsDecideNothing) {
  const TestFolder folder;
  const fs::path sweep = folder.path() / "sweep";
  const std::vector<std::string> batches = {"1", "2", "3", "4", "5", "6", "7", "8"};
  std::vector<synthetic::Arm> arms;
  for (const std::string& batch : batches) {
    arms.push_back({{"a", batch}, 0.1, 2});
    arms.push_back({{"b", batch}, 0.4, 2});
  }
  synthetic::write_sweep(sweep, {{"arm", {"a", "b"}}, {"batch", batches}}, arms);
  const Value result = host::compare_along(sweep, "arm");
  const Value& one = result.find("comparisons")->as_list().front();
  EXPECT_EQ(one.items("pairs").size(), 16u);
  EXPECT_EQ(one.integer("seeds"), 2);
  EXPECT_EQ(one.text("conclusion"), "Undecided: so few seeds cannot decide it.");
}

TEST_F(CompareAlong, NamesTheAxesWhereItIsGivenAnother) {
  const auto message = [&](const std::string& axis) {
    try {
      host::compare_along(sweep(), axis);
    } catch (const host::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message("freezin"), HasSubstr("has no axis 'freezin'; did you mean 'freezing'?"));
  EXPECT_THAT(message("seed"), HasSubstr("paired by their seed"));
}

TEST(CompareAlongRuns, NamesTheSweepThatLiesBelowTheFolderOfItsRuns) {
  const TestFolder folder;
  synthetic::write_sweep(folder.path() / "sweeps" / "ab", {{"arm", {"a", "b"}}},
                         {{{"a"}, 0.2, 2}, {{"b"}, 0.1, 2}});
  try {
    host::compare_along(folder.path(), "arm");
    FAIL();
  } catch (const host::UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("name the folder of a sweep, here " +
                                        (folder.path() / "sweeps" / "ab").string()));
  }
}

TEST(Compare, OfOneConfigurationsSeedsSaysThatAReportIsMeant) {
  const TestFolder folder;
  synthetic::write_sweep(folder.path() / "sweep", {}, {{{}, 0.2, 2}});
  const fs::path runs = folder.path() / "sweep" / "runs";
  std::vector<std::string> sides;
  for (const fs::directory_entry& run : fs::directory_iterator(runs)) {
    sides.push_back(run.path().string());
  }
  ASSERT_EQ(sides.size(), 2u);
  EXPECT_THAT(host::compare(sides[0], sides[1], "").text("conclusion"),
              HasSubstr("no seed in common"));
}

/// Two labels of one configuration are one test.
TEST(Report, CountsAConfigurationOfTwoLabelsOnceForHolm) {
  const TestFolder folder;
  const fs::path sweep = folder.path() / "sweep";
  synthetic::write_sweep(sweep, {{"arm", {"a", "b", "c"}}},
                         {{{"a"}, 0.2, 4, 0}, {{"b"}, 0.05, 4, 0}, {{"c"}, 0.3, 4, 0}});
  std::string text = read_file(sweep / "sweep.json");
  const std::string digest = "0000000000000011";  // b becomes the runs of a
  for (size_t at = text.find(digest); at != std::string::npos; at = text.find(digest)) {
    text.replace(at, digest.size(), "0000000000000010");
  }
  folder.write("sweep/sweep.json", text);
  host::ReportOptions options;
  options.directories = {sweep};
  options.figures = false;
  options.out = folder.path() / "out";
  const Value report = host::report(options);
  const Value::List& groups = report.find("groups")->as_list();
  ASSERT_EQ(groups.size(), 3u);
  const auto number = [&](size_t group, const char* key) {
    const Value& statistics = *groups[group].find("statistics");
    const Value* own = statistics.find(key);
    return (own != nullptr ? *own : *statistics.find("effect")->find(key)).as_number();
  };
  const auto adjusted = holm_adjusted({number(0, "p_two_sided"), number(2, "p_two_sided")});
  EXPECT_EQ(number(0, "p_holm"), *adjusted[0]);
  EXPECT_EQ(number(1, "p_holm"), *adjusted[0]);
  EXPECT_EQ(number(2, "p_holm"), *adjusted[1]);
  const Value along = host::compare_along(sweep, "arm");
  const Value::List& comparisons = along.find("comparisons")->as_list();
  EXPECT_EQ(comparisons.at(0).find("conclusion")->as_string(),
            "No conclusion: the two cases are one configuration.");
  EXPECT_TRUE(comparisons.at(0).find("p_holm")->is_null());
  EXPECT_EQ(comparisons.at(1).find("p_holm")->as_number(), 0.25) << "two tests of p = 2 / 2^4";
  EXPECT_EQ(report.find("notes")->as_list().back().as_string(),
            "'arm=b' is the same configuration as 'arm=a': their test counts once");
}

}  // namespace
}  // namespace leakprobe
