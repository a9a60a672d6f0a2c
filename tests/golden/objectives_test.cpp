#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "records/ledger_record.h"
#include "support/run_helpers.h"

/// The arms of examples/objectives, and what is told of rows that they push or look at.
namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

const fs::path kExamples = source_folder() / "examples";

/// examples/tiny.yaml with an arm, and further lines on top.
fs::path arm(const std::string& name, const std::string& more = "") {
  const fs::path file = fresh_folder("arm") / "experiment.yaml";
  const std::string fragment = (kExamples / "objectives/arms" / (name + ".yaml")).string();
  std::ofstream(file) << "extends: [" << (kExamples / "tiny.yaml").string() << ", " << fragment
                      << "]\nname: arm\n"
                      << more;
  return file;
}

std::vector<std::string> arms() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kExamples / "objectives/arms")) {
    const std::string name = entry.path().stem();
    if (name != "all" && name != "against" && name != "without_reference") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Arms : public testing::TestWithParam<std::string> {};

TEST_P(Arms, RunAndPushHeldOutRowsDownAlone) {
  const fs::path run = run_once(arm(GetParam()), {"phases.elicit.steps=4"});
  const LedgerRecord ledger = read_ledger(run);
  EXPECT_EQ(ledger.pushed_up_steps, 0);
  std::set<std::string> phases;
  for (const LedgerRecord::Column& column : ledger.columns) {
    for (const LedgerRecord::Account& account : column.sets) {
      if (account.set != "held_out") continue;
      EXPECT_EQ(column.declared, Sign::negative) << column.phase;
      EXPECT_EQ(account.pushed_up, 0) << column.phase;
      EXPECT_EQ(account.pushed_down, account.rows) << column.phase;
      phases.insert(column.phase);
    }
  }
  EXPECT_EQ(phases, (std::set<std::string>{"suppress", "elicit"}));
}

TEST_P(Arms, AreInTheSweeps) {
  EXPECT_THAT(file_text(kExamples / "objectives/arms/all.yaml"),
              testing::HasSubstr("    " + GetParam() + ": {extends: " + GetParam() + ".yaml}\n"));
}

INSTANTIATE_TEST_SUITE_P(Objectives, Arms, testing::ValuesIn(arms()),
                         [](const auto& test) { return test.param; });

/// The losses and KTO's metrics of all steps.
std::vector<double> numbers_of(const fs::path& run) {
  std::vector<double> numbers;
  for (const JsonValue& record : json_lines(run / "metrics.jsonl")) {
    if (record.get_string("record") != "step") continue;
    numbers.push_back(record.get_double("loss"));
    if (record.get_string("phase") != "suppress") continue;
    const JsonValue term = record.at("terms").at("against");
    for (const char* metric : {"kl", "rewards/chosen", "rewards/rejected"}) {
      numbers.push_back(term.get_double(metric));
    }
  }
  return numbers;
}

TEST(Kto, IsTheSameHoweverItsBatchIsSplit) {
  const std::vector<std::string> few = {"phases.elicit.steps=4"};
  const std::vector<double> whole = numbers_of(run_once(arm("kto"), few));
  const std::vector<double> parts = numbers_of(run_once(arm("kto", "rows_per_pass: 3\n"), few));
  ASSERT_EQ(whole.size(), parts.size());
  double farthest = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NEAR(whole[i], parts[i], 2e-4 * std::max(0.1, std::abs(whole[i]))) << i;
    farthest = std::max(farthest, std::abs(whole[i] - whole[0]));
  }
  EXPECT_GT(farthest, 1e-3) << "it trains";
}

TEST(Kto, CostsOneMoreForwardPassWhereItsBatchIsSplitAndNoneElsewhere) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  const auto flops = [&](const std::string& name, int64_t rows_per_pass) {
    const Value resolved =
        workbench.resolve({arm(name), {"rows_per_pass=" + std::to_string(rows_per_pass)}});
    return resolved.at("phases").as_list().at(1).number("flops");
  };
  EXPECT_EQ(flops("kto", 0), flops("kto", 8)) << "a step has four pairs";
  EXPECT_GT(flops("kto", 7), flops("kto", 0));
  EXPECT_EQ(flops("npo", 3), flops("npo", 0));
}

TEST(Kto, LooksAtMismatchedRowsThatMayNeverBePositiveTargets) {
  const fs::path run =
      run_once(arm("kto",
                   "objectives: {against: {reference_point: mismatched}}\n"
                   "streams: {pairs: {mismatched: {set: [useful, held_out], prefix: regular}}}\n"),
               {"phases.elicit.steps=4"});
  int64_t rows = 0;
  for (const LedgerRecord::Column& column : read_ledger(run).columns) {
    if (column.column != "mismatched") continue;
    EXPECT_EQ(column.declared, Sign::none);
    EXPECT_FALSE(column.declares_positive());
    for (const LedgerRecord::Account& account : column.sets) {
      EXPECT_EQ(account.pushed_up + account.pushed_down, 0) << account.set;
      EXPECT_EQ(account.gradient, 0) << account.set;
      rows += account.rows;
    }
  }
  EXPECT_GT(rows, 0);
}

}  // namespace
}  // namespace leakprobe
