#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "program.h"

/// Runs whose libraries were named on the command line or in the environment, looked at without
/// them: what needs no plugin is judged all the same, and what needs one is said.
namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kTiny = source_path("examples/tiny.yaml");
const std::string kFolder = std::string(LEAKPROBE_FAULTY_FOLDER) + "/";

class AbsentPlugins : public testing::Test {
 protected:
  /// Runs an experiment with libraries of the tests.
  void run(const std::string& yaml, const std::vector<std::string>& libraries) {
    const std::string file = folder_.write("run.yaml", yaml);
    std::vector<std::string> arguments = {"run", file, "threads=1", "--out", run_, "--quiet"};
    for (const std::string& library : libraries) {
      named_.insert(named_.end(), {"--plugin-path", kFolder + library + ".so"});
    }
    arguments.insert(arguments.end(), named_.begin(), named_.end());
    const Ended ended = leakprobe(arguments);
    ASSERT_TRUE(fs::exists(run_ + "/result.json")) << ended.err;
  }

  Ended audit(bool with_libraries = false) const {
    std::vector<std::string> arguments = {"audit", run_};
    if (with_libraries) arguments.insert(arguments.end(), named_.begin(), named_.end());
    return leakprobe(arguments);
  }

  const TemporaryFolder folder_;
  const std::string run_ = (folder_.path() / "run").string();
  std::vector<std::string> named_;
};

TEST_F(AbsentPlugins, ThatOnlyTrainMeasureOrRecordMatterToNobodyWhoLooks) {
  run("extends: " + kTiny +
          "\nsinks: [{type: jsonl}, {type: test.named}]\nschedule: {type: test.marked}\n"
          "optimizer: {type: test.descent}\nprobes:\n  - {name: mine, type: test.plain, every: 2, "
          "rows: 2, sets: [held_out, control]}\nclaim: {measure: mine}\n",
      {"third_party_sinks", "marks_its_loading", "measures"});
  const Ended without = audit(), with = audit(true);
  EXPECT_EQ(without.status, with.status);
  EXPECT_EQ(without.err, "");
  EXPECT_EQ(without.out, with.out);
  EXPECT_THAT(without.out, HasSubstr("No held-out row was ever a positive target"));
  const std::string out = (folder_.path() / "report").string();
  for (const std::vector<std::string>& look : {std::vector<std::string>{"watch", run_, "--once"},
                                               {"report", run_, "--no-figures", "--out", out},
                                               {"compare", run_, run_}}) {
    const Ended ended = leakprobe(look);
    EXPECT_THAT(ended.status, AnyOf(0, 3)) << look.front();
    EXPECT_THAT(ended.err, Not(HasSubstr("plugin"))) << look.front();
  }
}

TEST_F(AbsentPlugins, OfAnObjectiveLeaveTheNamesOfSetsToJudgeBy) {
  run("extends: " + kTiny +
          "\nphases:\n  - {name: calibrate, objective: {type: test.marked_loss}}\n",
      {"marks_its_loading"});
  const std::string words = "No held-out row was ever a positive target";
  const Ended by_names = audit();
  EXPECT_EQ(by_names.status, 0) << by_names.err;
  EXPECT_THAT(by_names.out, HasSubstr(words));
  EXPECT_THAT(by_names.err,
              AllOf(HasSubstr("judged by the names of its sets and the roles that its task gives"),
                    HasSubstr("it takes objective 'test.marked_loss', which no library here has; "
                              "if you trust that library, name it with --plugin-path")));
  const Ended whole = audit(true);
  EXPECT_EQ(whole.err, "");
  EXPECT_EQ(whole.out, by_names.out);
  ::setenv("LEAKPROBE_PLUGIN_PATH", (kFolder + "marks_its_loading.so").c_str(), 1);
  EXPECT_EQ(audit().err, "");
  ::unsetenv("LEAKPROBE_PLUGIN_PATH");
}

TEST_F(AbsentPlugins, OfAPhaseLeaveTheNamesOfSetsToJudgeBy) {
  run("extends: " + kTiny +
          "\nphases:\n  - {name: look, type: test.known_rows, waive: [learned]}\n",
      {"gates_of_nothing"});
  const Ended ended = audit();
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("it takes phase 'test.known_rows', which no library here has"));
  EXPECT_EQ(ended.out, audit(true).out);
}

/// A role that holds from a phase on does so without the experiment's plugins, too.
TEST_F(AbsentPlugins, LeaveTheOrderOfThePhasesToJudgeBy) {
  run("extends: " + kTiny +
          "\ntask: {roles: {useful: {never_positive: {from: elicit}}}}\nphases:\n"
          "  - {name: calibrate, objective: {type: test.marked_loss}, rows: {set: useful}}\n"
          "  - {name: elicit, terms: {useful: {rows: {set: random}}}}\n",
      {"marks_its_loading"});
  EXPECT_EQ(audit().status, audit(true).status);
  EXPECT_EQ(audit().out, audit(true).out);
}

TEST_F(AbsentPlugins, OfATaskLeaveWhatTheLedgerSaysOfRoles) {
  run("name: pairs\nmodel: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, "
      "num_attention_heads: 4, intermediate_size: 64, vocab_size: 26}\ntask: {type: test.pairs}\n"
      "optimizer: {type: adamw, lr: 1e-3}\nschedule: {type: constant}\nbatch: 4\n"
      "phases:\n  - {name: push, type: suppress, objective: {type: dpo}, pairs: {set: train, "
      "repeat: 4}, waive: [suppressed]}\n",
      {"pairs"});
  const Ended ended = audit();
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("the roles that its own ledger gives them"),
                               HasSubstr("it takes task 'test.pairs', which no library here has")));
  EXPECT_THAT(ended.out, AllOf(HasSubstr("train.rejected"),
                               HasSubstr("Its ledger knows of no row that was held out.")));
  EXPECT_THAT(audit(true).out,
              HasSubstr("No set of this experiment is held out from being a positive target."));
}

}  // namespace
}  // namespace leakprobe::cli
