#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
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

TEST(AuditCommand, OfAnUnfinishedRunSaysSoAndJudgesWhatIsThere) {
  const TemporaryFolder folder;
  const std::string run = (folder.path() / "run").string();
  ASSERT_EQ(leakprobe({"run", kTiny, "--out", run, "--quiet"}).status, 0);
  fs::remove(folder.path() / "run/result.json");
  folder.write(
      "run/status.json",
      R"({"state":"interrupted","phase":"elicit","step":3,"steps":8,"done":19,"total":24})");
  const Ended interrupted = leakprobe({"audit", run});
  EXPECT_EQ(interrupted.status, 0) << interrupted.err;
  EXPECT_THAT(
      interrupted.out,
      AllOf(HasSubstr("This run was interrupted in phase elicit, behind step 3 of 8; judged "
                      "is what its ledger held when its state was last saved."),
            HasSubstr("No held-out row was ever a positive target")));
  fs::remove(folder.path() / "run/ledger.json");
  const Ended empty = leakprobe({"audit", run});
  EXPECT_EQ(empty.status, 0) << empty.err;
  EXPECT_THAT(empty.out,
              AllOf(HasSubstr("there is nothing to judge yet"), Not(HasSubstr("No held-out row"))));
  EXPECT_EQ(leakprobe({"audit", folder.path().string()}).status, 1) << "it is no run";
}

}  // namespace
}  // namespace leakprobe::cli
