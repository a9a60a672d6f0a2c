// A sweep shows what status.json and result.json of its runs hold, whoever wrote them meanwhile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "leakprobe/host/workbench.h"
#include "run_lines.h"
#include "sweep_tables.h"

namespace leakprobe::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(ForeignStatus, TheShareOfARunThatTellsNoNumbersIsNone) {
  for (const char* status :
       {"{}", R"({"total": "many", "done": 3})", R"({"total": 8})", R"({"total": 8, "done": "x"})",
        R"({"total": [], "done": {}})", R"({"total": null, "done": 2})", R"({"total": -3})"}) {
    EXPECT_EQ(share_of(host::parse_json(status, "status.json")), 0) << status;
  }
  EXPECT_EQ(share_of(host::parse_json(R"({"total": 8, "done": 2})", "status.json")), 0.25);
  EXPECT_EQ(share_of(host::parse_json(R"({"total": 8, "done": 90})", "status.json")), 1);
}

TEST(ForeignStatus, AnOutcomeWithoutNumbersHasDashes) {
  const Value outcome = host::parse_json(
      R"({"folder": "s", "counts": {"valid": 1, "invalid": 0, "failed": 0, "interrupted": 0,
          "not_started": 0}, "begun": true,
          "runs": [{"label": "seed=0", "state": "complete", "verdict": "VALID",
          "reasons": [], "leak": "much", "effect": [1], "seconds": "long", "log": "l",
          "reason": ""}]})",
      "outcome");
  std::ostringstream text;
  print_sweep_outcome(Terminal(text, 0, false), outcome);
  EXPECT_THAT(text.str(), HasSubstr("seed=0  VALID       -       -"));
}

TEST(SweepOutcome, SaysWhichClaimItShowsAndWhatShowsTheRunsTogether) {
  const auto shown_of = [](const std::string& claim, int64_t valid) {
    const Value outcome = host::parse_json(
        R"({"folder": "s", "counts": {"valid": )" + std::to_string(valid) +
            R"(, "invalid": 0, "failed": 0, "interrupted": 0, "not_started": 0}, )"
            R"("begun": true, "runs": [{"label": "seed=0", "state": "complete", "claim_name": )" +
            claim + R"(}, {"label": "seed=1", "state": "complete", "claim_name": )" + claim + "}]}",
        "outcome");
    std::ostringstream text;
    print_sweep_outcome(Terminal(text, 0, false), outcome);
    return text.str();
  };
  EXPECT_THAT(shown_of("\"leaks\"", 2),
              HasSubstr("\nThese are the numbers of the first claim, 'leaks'; a report shows those "
                        "of every claim.\n"));
  EXPECT_THAT(shown_of("null", 2), Not(HasSubstr("claim")));
  EXPECT_THAT(shown_of("null", 2), EndsWith("\nWhat they show together:  leakprobe report s\n"));
  EXPECT_THAT(shown_of("null", 0), Not(HasSubstr("leakprobe report")));
}

}  // namespace
}  // namespace leakprobe::cli
