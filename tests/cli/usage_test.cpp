#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kCommands[] = {
    "run",   "validate", "resolve", "rows",   "list",   "show",     "schema", "reference", "score",
    "audit", "tokenize", "new",     "verify", "doctor", "examples", "copy",   "completion"};

TEST(Usage, EveryCommandExplainsItselfWithExamples) {
  for (const char* command : kCommands) {
    const Ended ended = leakprobe({command, "--help"});
    EXPECT_EQ(ended.status, 0) << command;
    EXPECT_THAT(ended.out, HasSubstr(std::string("usage: leakprobe ") + command + " ")) << command;
    EXPECT_THAT(ended.out, HasSubstr("examples:\n  ")) << command;
    EXPECT_THAT(ended.err, IsEmpty()) << command;
  }
}

TEST(Usage, TheProgramsHelpListsEveryCommand) {
  const Ended ended = leakprobe({"--help"});
  EXPECT_EQ(ended.status, 0);
  for (const char* command : kCommands) EXPECT_THAT(ended.out, HasSubstr(command));
  EXPECT_THAT(ended.out, HasSubstr("exit status:"));
}

TEST(Usage, HelpIsACommandToo) {
  EXPECT_EQ(leakprobe({"help"}).out, leakprobe({"--help"}).out);
  for (const char* command : kCommands) {
    const Ended ended = leakprobe({"help", command});
    EXPECT_EQ(ended.status, 0) << command;
    EXPECT_EQ(ended.out, leakprobe({command, "--help"}).out) << command;
  }
  const Ended unknown = leakprobe({"help", "vaildate"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err,
            "leakprobe: error: unknown command 'vaildate'; did you mean 'validate'?\n");
}

TEST(Usage, TheVersionIsAnOptionToo) {
  const Ended ended = leakprobe({"--version"});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.out, testing::StartsWith("leakprobe "));
  EXPECT_EQ(ended.out, leakprobe({"version"}).out);
}

TEST(Usage, AloneItPrintsItsHelpAndIsWrongUsage) {
  const Ended ended = leakprobe({});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, leakprobe({"help"}).out);
  EXPECT_THAT(ended.out, IsEmpty()) << "a script whose command got lost takes no help for a result";
}

TEST(Usage, WithoutACommandItIsWrongUsage) {
  const Ended ended = leakprobe({"--plugin-path", LEAKPROBE_OWN_PLUGINS});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, "leakprobe: error: no command given; see 'leakprobe --help'\n");
  EXPECT_THAT(ended.out, IsEmpty());
}

TEST(Usage, WhatShellsAskForIsNoCommandOfPeoples) {
  EXPECT_THAT(leakprobe({"help"}).out, Not(HasSubstr("\n  complete ")));
  EXPECT_EQ(leakprobe({"help", "complete"}).status, 2);
}

TEST(Usage, ASnapshotIsLeftAfterAPhaseThatThereIs) {
  const Ended ended = leakprobe({"run", source_path("examples/tiny.yaml"), "--shared", "nowhere",
                                 "--leave-after", "surpress"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err,
            "leakprobe: error: --leave-after names the phase 'surpress', which there is not; did "
            "you mean 'suppress'?\n");
}

TEST(Usage, AMisspeltCommandGetsASuggestion) {
  const Ended ended = leakprobe({"vaildate", "x.yaml"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err, "leakprobe: error: unknown command 'vaildate'; did you mean 'validate'?\n");
}

TEST(Usage, AMisspeltOptionGetsASuggestion) {
  const Ended ended = leakprobe({"run", "x.yaml", "--limit-step=3"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_EQ(ended.err,
            "leakprobe: error: unknown option '--limit-step=3'; did you mean "
            "'--limit-steps'?\n");
}

TEST(Usage, NumbersOfOptionsAreChecked) {
  for (const char* number : {"0", "-1", "3x", "1e3", "0x10", "99999999999999999999"}) {
    const Ended ended = leakprobe({"run", "x.yaml", "--limit-steps", number});
    EXPECT_EQ(ended.status, 2) << number;
    EXPECT_THAT(ended.err, HasSubstr("must be an integer of at least 1")) << number;
  }
  const Ended large = leakprobe({"run", "x.yaml", "--limit-steps", "9223372036854775808"});
  EXPECT_THAT(large.err, HasSubstr("at least 1 that 64 bits hold, found '9223372036854775808'"));
}

TEST(Usage, AMissingArgumentIsNamed) {
  const Ended ended = leakprobe({"score", "some/model"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("--rows"));
}

TEST(Usage, AnArgumentThatAScriptLeftEmptyIsNamed) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"run", ""},
        {"sweep", ""},
        {"watch", ""},
        {"report", ""},
        {"list", ""},
        {"run", source_path("examples/tiny.yaml"), "--out", ""},
        {"list", "--plugin-path", ""}}) {
    const Ended ended = leakprobe(arguments);
    EXPECT_EQ(ended.status, 2) << arguments.front();
    EXPECT_THAT(ended.err, HasSubstr(": is empty; give a value")) << arguments.front();
  }
}

TEST(Usage, ResumeAndFreshExcludeEachOther) {
  const Ended ended = leakprobe({"run", "x.yaml", "--resume", "--fresh"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("give one"));
}

TEST(Usage, GlobalOptionsMayStandBehindTheCommand) {
  const Ended ended = leakprobe({"list", "--plugin-path", "/nowhere/at/all.so"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("/nowhere/at/all.so"));
  EXPECT_THAT(ended.out, HasSubstr("objective"));
}

TEST(Usage, AFullDiskIsNotSuccess) {
  const Ended ended = leakprobe({"version"}, "", "/dev/full");
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("could not be written"));
  EXPECT_EQ(leakprobe_without_streams({"version"}), 1) << "nor is an output that is closed";
}

TEST(Usage, PipesGetNoEscapeCodes) {
  EXPECT_THAT(leakprobe({"list"}).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(leakprobe({"nonsense"}).err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace leakprobe::cli
