#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny = source_path("examples/tiny.yaml");

TEST(AuditCommand, SaysWhatWasInheritedFromWhereAndCountsItsSteps) {
  const TemporaryFolder folder;
  const std::string base = (folder.path() / "base").string();
  const std::string heir = (folder.path() / "heir").string();
  ASSERT_EQ(leakprobe({"run", kTiny, "checkpoints.keep=phases", "--out", base, "--quiet"}).status,
            0);
  EXPECT_THAT(leakprobe({"audit", base}).out, Not(HasSubstr("nherited")));
  const auto origin = [&](const std::string& phase) {
    return "{run: " + base + ", phase: " + phase + "}";
  };
  const std::string file =
      folder.write("heir.yaml", "extends: " + kTiny +
                                    "\nphases:\n"
                                    "  - {name: calibrate, skip: true}\n"
                                    "  - {name: suppress, skip: true}\n"
                                    "  - {name: elicit, from: " +
                                    origin("suppress") +
                                    ", terms: {dpo: {reference: " + origin("calibrate") + "}}}\n");
  const Ended run = leakprobe({"run", file, "--out", heir, "--quiet"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("24 training steps, 16 of them inherited, did the"));

  const Ended audit = leakprobe({"audit", heir});
  EXPECT_EQ(audit.status, 0) << audit.err;
  const size_t own = audit.out.rfind("\nphase ");
  ASSERT_NE(own, std::string::npos);
  EXPECT_THAT(audit.out.substr(0, own),
              AllOf(HasSubstr("Inherited: phase 'elicit' of " + heir +
                              " starts from 'suppress' of " + base + ", 16 training steps"),
                    HasSubstr("\ncalibrate  "), HasSubstr("\nsuppress  "), HasSubstr("held_out")));
  EXPECT_THAT(audit.out.substr(own), AllOf(HasSubstr("\nelicit  "), Not(HasSubstr("\nsuppress")),
                                           HasSubstr("24 training steps, 16 of them inherited")));
}

TEST(AuditCommand, StepsBeforeThePhaseFromWhichARoleHoldsAreNotAmongThoseThatItJudges) {
  const TemporaryFolder folder;
  const std::string base = (folder.path() / "base").string();
  const std::string heir = (folder.path() / "heir").string();
  ASSERT_EQ(leakprobe({"run", kTiny, "checkpoints.keep=phases", "--out", base, "--quiet"}).status,
            0);
  const std::string file = folder.write(
      "heir.yaml", "extends: " + kTiny +
                       "\ntask: {roles: {held_out: {never_positive: {from: elicit}}}}\n"
                       "phases:\n"
                       "  - {name: calibrate, skip: true}\n"
                       "  - {name: suppress, skip: true}\n"
                       "  - {name: elicit, from: {run: " +
                       base + ", phase: suppress}, terms: {dpo: {reference: initial}}}\n");
  const Ended run = leakprobe({"run", file, "--out", heir, "--quiet"});
  ASSERT_NE(run.status, 2) << run.err;
  for (const std::string& out : {run.out, leakprobe({"audit", heir}).out}) {
    EXPECT_THAT(out, AllOf(HasSubstr("in none of the 8 training steps did the"),
                           HasSubstr("What 16 inherited steps did before is not judged."),
                           Not(HasSubstr("of them inherited"))));
  }
}

class UnfinishedRun : public testing::Test {
 protected:
  /// Interrupted in its last phase, its state saved.
  UnfinishedRun() {
    Running running({"run", kTiny, "threads=1", "phases.elicit.steps=100000", "--out",
                     run_.string(), "--quiet"});
    while (read_text(run_ / "status.json").find("elicit") == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    running.signal(SIGTERM);
    EXPECT_EQ(running.wait(), 75);
  }
  Ended audit() const { return leakprobe({"audit", run_.string()}); }

  const TemporaryFolder folder_;
  const fs::path run_ = folder_.path() / "run";
};

TEST_F(UnfinishedRun, IsJudgedByTheLedgerInItsSavedState) {
  const Ended whole = audit();
  EXPECT_EQ(whole.status, 0) << whole.err;
  EXPECT_THAT(
      whole.out,
      AllOf(ContainsRegex("This run was interrupted in phase elicit, behind step [0-9]+ of 100000; "
                          "judged is what its ledger held when its state was last saved."),
            HasSubstr("No held-out row was ever a positive target")));
  // What lies beside it for people is not what is judged.
  folder_.write("run/ledger.json", "{}");
  EXPECT_EQ(audit().out, whole.out);
  fs::remove(run_ / "ledger.json");
  EXPECT_EQ(audit().out, whole.out);
}

TEST_F(UnfinishedRun, IsNotJudgedByADamagedStateNorByALedgerThatNothingVouchesFor) {
  const std::string state = read_text(run_ / "state.safetensors");
  for (const size_t at : {state.find("pushed_up_steps"), state.size() / 2, state.size() - 1}) {
    std::string damaged = state;
    damaged.at(at) = static_cast<char>(damaged.at(at) ^ 1);
    folder_.write("run/state.safetensors", damaged);
    const Ended refused = audit();
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(refused.out, "");
    EXPECT_THAT(refused.err, HasSubstr("state.safetensors: is damaged ("));
  }
  fs::remove(run_ / "state.safetensors");
  const Ended refused = audit();
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("ledger.json: nothing vouches for it"));
}

TEST_F(UnfinishedRun, WithoutALedgerHasNothingToJudge) {
  fs::remove(run_ / "state.safetensors");
  fs::remove(run_ / "ledger.json");
  const Ended empty = audit();
  EXPECT_EQ(empty.status, 0) << empty.err;
  EXPECT_THAT(empty.out,
              AllOf(HasSubstr("there is nothing to judge yet"), Not(HasSubstr("No held-out row"))));
  EXPECT_EQ(leakprobe({"audit", folder_.path().string()}).status, 2) << "it is no run";
}

}  // namespace
}  // namespace leakprobe::cli
