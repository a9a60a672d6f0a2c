#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "program.h"
#include "run_folders.h"

/// A path that cannot be what it is named for is wrong usage, whichever command is given it.
namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::string kTiny = source_path("examples/tiny.yaml");

class OddPaths : public testing::Test {
 protected:
  OddPaths() {
    EXPECT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(::mknod(path("socket").c_str(), S_IFSOCK | 0600, 0), 0);
    folder_.write("file", "text");
    fs::create_directory(path("folder"));
    fs::create_symlink("nowhere", path("link"));
    RunFolder().write(path("run"));
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  /// The command ends at once with status 2 and one sentence, in which the path stands.
  static void expect_refused(const std::vector<std::string>& arguments, const std::string& odd) {
    const Ended ended = leakprobe(arguments);
    std::string all;
    for (const std::string& argument : arguments) all += " " + argument;
    EXPECT_EQ(ended.status, 2) << all << '\n' << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(odd)) << all;
    EXPECT_THAT(ended.err, HasSubstr("error: ")) << all;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << all << '\n' << ended.err;
    EXPECT_EQ(ended.out, "") << all;
  }

  const TemporaryFolder folder_;
};

TEST_F(OddPaths, WhereAnExperimentIsWanted) {
  for (const std::string& odd : {path("pipe"), path("socket"), path("folder"), path("missing"),
                                 path("link"), std::string("/dev/null")}) {
    for (const char* command : {"validate", "resolve", "rows", "run", "sweep"}) {
      expect_refused({command, odd}, odd);
    }
  }
}

TEST_F(OddPaths, WhereAnExperimentIsExtended) {
  for (const std::string& odd :
       {path("pipe"), path("socket"), path("folder"), std::string("/dev/null")}) {
    const std::string heir = folder_.write("heir.yaml", "extends: '" + odd + "'\n");
    for (const char* command : {"validate", "resolve", "rows", "run", "sweep"}) {
      expect_refused({command, heir}, odd);
    }
  }
}

TEST_F(OddPaths, WhereAFolderOfRunsIsWanted) {
  for (const std::string& odd : {path("pipe"), path("socket"), path("file"), path("missing"),
                                 path("folder"), path("link"), std::string("/dev/null")}) {
    expect_refused({"audit", odd}, odd);
    expect_refused({"report", odd}, odd);
    expect_refused({"watch", odd, "--once"}, odd);
    expect_refused({"compare", odd, path("run")}, odd);
  }
}

TEST_F(OddPaths, WhereAFolderIsToBeMade) {
  for (const std::string& odd :
       {path("pipe"), path("socket"), path("file"), path("link"), std::string("/dev/null")}) {
    for (const std::string& out : {odd, odd + "/below"}) {
      expect_refused({"run", kTiny, "--out", out}, odd);
      expect_refused({"run", kTiny, "--out", path("new"), "--shared", out}, odd);
      expect_refused({"sweep", kTiny, "sweep={seed: [0]}", "--out", out}, odd);
      expect_refused({"report", path("run"), "--no-figures", "--out", out}, odd);
    }
  }
  EXPECT_FALSE(fs::exists(path("new")));
}

TEST_F(OddPaths, WhereAModelOrRowsAreWanted) {
  const std::string model = fixture_path("models/llama_gqa_tied");
  for (const std::string& odd : {path("pipe"), path("socket"), path("file"), path("missing"),
                                 path("link"), std::string("/dev/null")}) {
    expect_refused({"tokenize", odd}, odd);
    expect_refused({"score", odd, "--rows", path("file")}, odd);
    expect_refused({"score", model, "--rows", odd}, odd);
  }
}

TEST_F(OddPaths, WherePluginsAreWanted) {
  for (const std::string& odd : {path("pipe"), path("socket"), path("file"), path("missing"),
                                 path("folder"), path("link"), std::string("/dev/null")}) {
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"audit", path("run")},
          {"validate", kTiny},
          {"resolve", kTiny},
          {"rows", kTiny},
          {"run", kTiny, "--out", path("new")},
          {"sweep", kTiny, "sweep={seed: [0]}", "--out", path("new")},
          {"show", "dpo"},
          {"schema"},
          {"tokenize", path("file")}}) {
      std::vector<std::string> arguments = command;
      arguments.insert(arguments.end(), {"--plugin-path", odd});
      expect_refused(arguments, odd);
    }
    // These two show all the others, too.
    for (const char* command : {"list", "doctor"}) {
      const Ended ended = leakprobe({command, "--plugin-path", odd});
      EXPECT_EQ(ended.status, 2) << command << odd;
      EXPECT_THAT(ended.out + ended.err, HasSubstr(odd)) << command;
      EXPECT_THAT(ended.out, HasSubstr(command == std::string("list") ? "adamw" : "gpt_neox"));
    }
  }
  EXPECT_FALSE(fs::exists(path("new")));
}

}  // namespace
}  // namespace leakprobe::cli
