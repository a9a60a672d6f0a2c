#include "run/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "saved.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class RunLog : public testing::Test {
 protected:
  RunLog() {
    fs::create_directories(folder_);
    observer_.message = [this](const std::string& text, bool warning) {
      told_.push_back((warning ? "warning: " : "") + text);
    };
  }
  ~RunLog() override { fs::remove_all(folder_); }

  std::vector<std::string> lines() const {
    std::ifstream stream(folder_ / "log.txt");
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("run-log-" + std::to_string(::getpid()));
  host::RunObserver observer_;
  std::vector<std::string> told_;
};

const std::string kTime = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} ";

TEST_F(RunLog, EachLineStandsInTheFileWithItsTimeAndIsToldAtOnce) {
  const auto log = make_log(folder_ / "log.txt", observer_);
  log->info("learn: {} steps", 3);
  EXPECT_THAT(told_, ElementsAre("learn: 3 steps"));
  EXPECT_THAT(lines(), ElementsAre(MatchesRegex(kTime + "info learn: 3 steps")))
      << "also while the run goes on";
  log->warn("look: it drifts");
  EXPECT_THAT(told_, ElementsAre("learn: 3 steps", "warning: look: it drifts"));
  EXPECT_THAT(lines().back(), MatchesRegex(kTime + "warning look: it drifts"));
}

TEST_F(RunLog, ARunThatGoesOnAddsToIt) {
  make_log(folder_ / "log.txt", observer_)->info("first");
  make_log(folder_ / "log.txt", observer_)->info("second");
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("first"), HasSubstr("second")));
}

TEST_F(RunLog, WhatAPluginSaysCannotSteerATerminal) {
  make_log(folder_ / "log.txt", observer_)->info("a\x1b[2Jb");
  ASSERT_EQ(lines().size(), 1u);
  EXPECT_EQ(lines()[0].find('\x1b'), std::string::npos);
  EXPECT_THAT(lines()[0], HasSubstr("[2Jb"));
}

TEST_F(RunLog, WithoutAnObserverItIsTheFileAlone) {
  const host::RunObserver nobody;
  make_log(folder_ / "log.txt", nobody)->warn("alone");
  EXPECT_EQ(lines().size(), 1u);
}

TEST_F(RunLog, AFileThatCannotBeWrittenIsAnError) {
  fs::create_directories(folder_ / "log.txt");
  EXPECT_THAT(failure_of([&] { make_log(folder_ / "log.txt", observer_); }), HasSubstr("log.txt"));
}

}  // namespace
}  // namespace leakprobe
