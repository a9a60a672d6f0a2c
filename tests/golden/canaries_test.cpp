// examples/canaries/canaries.yaml in small: how often each canary is trained, and what is said of
// it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "format/json.h"
#include "records/ledger_record.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

const fs::path& small_canaries() {
  static const fs::path run =
      run_once(source_folder() / "examples/canaries/canaries.yaml",
               {"model.hidden_size=32", "model.num_hidden_layers=2", "model.num_attention_heads=4",
                "model.intermediate_size=64", "task.canaries=2", "phases.learn.rows.0.repeat=1"});
  return run;
}

TEST(CanariesExample, EachCanaryIsTrainedAsOftenAsItsGroupSays) {
  const LedgerRecord ledger = read_ledger(small_canaries());
  ASSERT_EQ(ledger.columns.size(), 1u);
  std::map<std::string, std::vector<int64_t>> counts;
  for (const LedgerRecord::Account& account : ledger.columns.front().sets) {
    counts[account.set] = account.counts;
  }
  const std::map<std::string, std::vector<int64_t>> expected = {
      {"carrier", std::vector<int64_t>(64, 1)},
      {"g1", {1, 1}},
      {"g4", {4, 4}},
      {"g16", {16, 16}},
      {"g64", {64, 64}}};
  EXPECT_EQ(counts, expected);
}

TEST(CanariesExample, ComparesEachGroupWithTheControl) {
  const JsonValue result = JsonValue::read(small_canaries() / "result.json");
  EXPECT_EQ(result.get_string("verdict"), "VALID");
  EXPECT_EQ(result.at("claim").get_string("set"), "g64");
  EXPECT_TRUE(result.at("claim").find("effect"));
}

}  // namespace
}  // namespace leakprobe
