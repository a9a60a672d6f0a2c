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

}  // namespace
}  // namespace leakprobe::cli
