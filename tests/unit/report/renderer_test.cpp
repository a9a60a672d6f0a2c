#include "report/figures/renderer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "format/support.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

/// Runs a program of this text.
std::string run(const std::string& text, std::chrono::milliseconds limit = std::chrono::minutes(1),
                fs::perms permissions = fs::perms::owner_all) {
  const TestFolder folder;
  const fs::path program = folder.write("renderer", text);
  fs::permissions(program, permissions);
  return run_renderer(program, {"figure.vl.json"}, limit);
}

TEST(Renderer, ThatEndsWellSaysNothing) {
  EXPECT_EQ(run("#!/bin/sh\ntest \"$1\" = figure.vl.json\n"), "");
  EXPECT_EQ(run("#!/bin/sh\necho drawn; echo a warning >&2\n"), "");
}

TEST(Renderer, ThatFailsIsToldInItsLastWords) {
  EXPECT_EQ(run("#!/bin/sh\necho first >&2; echo 'no fonts' >&2; echo >&2; exit 3\n"), "no fonts");
  EXPECT_EQ(run("#!/bin/sh\nexit 3\n"), "it ended with status 3");
  EXPECT_EQ(run("#!/bin/sh\nkill -SEGV $$\n"), "signal 11 ended it");
}

TEST(Renderer, ThatCannotBeStartedIsNoException) {
  EXPECT_THAT(run("#!/bin/sh\n", std::chrono::minutes(1), fs::perms::none),
              StartsWith("it cannot be started: "));
  EXPECT_THAT(run("#!/nowhere/python3\n"), StartsWith("it cannot be started: "));
  EXPECT_THAT(run_renderer("/nowhere/renderer", {}, std::chrono::minutes(1)),
              HasSubstr("No such file"));
}

TEST(Renderer, ThatHangsIsEndedWithAllThatItStarted) {
  const TestFolder folder;
  const std::string alive = (folder.path() / "alive").string();
  EXPECT_EQ(run("#!/bin/sh\n(sleep 2; echo >" + alive + ") &\nsleep 1000\n",
                std::chrono::milliseconds(1000)),
            "it took longer than 1 s and was ended");
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  EXPECT_FALSE(fs::exists(alive));
}

TEST(Renderer, MayHaveMoreToSayThanAPipeHolds) {
  EXPECT_EQ(run("#!/bin/sh\nhead -c 1000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo end >&2; "
                "exit 1\n"),
            "end");
}

}  // namespace
}  // namespace leakprobe
