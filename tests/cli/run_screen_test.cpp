// What a person sees of the steps of a run that goes on, here or elsewhere.

#include "run_screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "run_lines.h"

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RunScreen, ShowsOfAStepTheNumbersThatItIsGiven) {
  std::ostringstream text;
  const Terminal terminal(text, 200, false, true);
  {
    RunScreen screen(terminal);
    screen.step({"suppress", 3, 10, {{"reward", -0.25}, {"kl", 0.5}}, 1.0});
  }
  EXPECT_THAT(text.str(),
              HasSubstr("suppress  3/10  reward -0.2500  kl 0.5000 nats/token  1.0 steps/s"));
}

TEST(RunScreen, SaysPerWhatANumberIsCounted) {
  std::ostringstream text;
  const Terminal terminal(text, 200, false, true);
  {
    RunScreen screen(terminal);
    screen.step({"suppress", 3, 10, {{"a/kl", 0.5}, {"a/suppression", 13.5}, {"loss", 1}}, 1.0});
  }
  EXPECT_THAT(text.str(),
              HasSubstr("a/kl 0.5000 nats/token  a/suppression 13.5000 nats/row  loss 1.0000  "));
}

TEST(RunLines, ShowTheNumbersOfTheLastStep) {
  const auto line_of = [](const std::string& shown) {
    const Value run = host::parse_json(
        R"({"label": "seed=0", "state": "running", "phase": "suppress", "step": 3, "steps": 9,
            "done": 13, "total": 20, "rate": 2.0, "shown": )" +
            shown + "}",
        "frame");
    std::ostringstream unused;
    return run_lines(Terminal(unused, 0, false), {run}, true).front();
  };
  EXPECT_THAT(line_of(R"([{"name": "reward", "value": -0.25}, {"name": "kl", "value": 1.5}])"),
              HasSubstr(" left  reward -0.2500  kl 1.5000 nats/token"));
  for (const char* foreign :
       {"7", "null", R"({"reward": 1})", R"([7])", R"([{"name": "reward", "value": "much"}])"}) {
    EXPECT_THAT(line_of(foreign), Not(HasSubstr("reward"))) << foreign;
  }
  EXPECT_THAT(line_of(R"([{"name": "a\u001b[2J", "value": 1}])"), HasSubstr(R"(a\x1b[2J 1.0000)"));
}

}  // namespace
}  // namespace leakprobe::cli
