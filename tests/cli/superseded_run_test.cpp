#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "program.h"

/// Nothing of an earlier run is deleted before the new one in its folder has begun.
namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny = source_path("examples/tiny.yaml");
const std::string kSuppress = "phase: suppress}";

class SupersededRuns : public testing::Test {
 protected:
  SupersededRuns() {
    EXPECT_EQ(run({kTiny, "checkpoints.keep=phases"}).status, 0);
    before_ = files();
  }

  /// A run into the folder.
  Ended run(std::vector<std::string> arguments) const { return leakprobe(with_out(arguments)); }
  std::vector<std::string> with_out(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "run");
    arguments.insert(arguments.end(), {"threads=1", "--quiet", "--out", out_.string()});
    return arguments;
  }

  /// Kills a run that replaces the one in the folder in its first phase.
  void kill_in_first_phase() const {
    Running running(with_out({kTiny, "phases.calibrate.steps=1000000", "--fresh"}));
    const auto is_new = [&] {
      return read_text(out_ / "status.json").find("1000000") != std::string::npos;
    };
    while (!is_new()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    running.signal(SIGKILL);
    EXPECT_EQ(running.wait(), 128 + SIGKILL);
    EXPECT_FALSE(fs::exists(out_ / "state.safetensors"));
  }

  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(out_)) {
      const fs::path name = entry.path().lexically_relative(out_);
      // Names are added to the lists, and nothing else changes.
      if (entry.is_regular_file() && name.filename() != ".leakprobe") {
        files[name.string()] = read_text(entry.path());
      }
    }
    return files;
  }

  const TemporaryFolder folder_;
  const fs::path out_ = folder_.path() / "run";
  std::map<std::string, std::string> before_;
};

TEST_F(SupersededRuns, AreAsTheyWereWhereTheNewOneCannotBegin) {
  const fs::path altered = folder_.path() / "altered";
  fs::copy(out_, altered, fs::copy_options::recursive);
  fs::resize_file(altered / "checkpoints/suppress/model.safetensors", 1000);
  const auto heir = [&](const fs::path& from) {
    return folder_.write("heir.yaml", "extends: " + kTiny +
                                          "\nphases: [{name: elicit, from: {run: " + from.string() +
                                          ", " + kSuppress + "}]\n");
  };
  const std::string absent = folder_.write(
      "absent.yaml", "extends: " + kTiny +
                         "\nmodel: {path: absent, hidden_size: null, num_hidden_layers: "
                         "null, num_attention_heads: null, intermediate_size: null}\n");
  const std::vector<std::pair<std::vector<std::string>, std::string>> starts = {
      {{heir(altered), "--fresh"}, "was altered after the run was complete"},
      {{kTiny, "device=cuda:99", "--fresh"}, "cannot be used"},
      {{absent, "--fresh"}, "absent"},
      {{kTiny, "seed=1"}, "the seed (0, now 1) has changed"},
  };
  for (const auto& [arguments, why] : starts) {
    const Ended ended = run(arguments);
    EXPECT_NE(ended.status, 0) << why;
    EXPECT_THAT(ended.err, HasSubstr(why));
    EXPECT_EQ(files(), before_) << why;
  }
  // The weights that it would start from are among what it would replace.
  EXPECT_NE(run({heir(out_), "--fresh"}).status, 0);
  EXPECT_EQ(files(), before_);
  EXPECT_EQ(run({kTiny, "checkpoints.keep=phases"}).status, 0) << "it is still a complete run";
}

/// What a flipped bit or a crash of the machine may leave of the one small file that vouches for
/// all.
TEST_F(SupersededRuns, CompleteOnesWhoseStatusIsDamagedAreNamedAndLeftAsTheyAre) {
  const std::string status = before_.at("status.json");
  const auto flipped_behind = [&](const std::string& text) {
    std::string damaged = status;
    char& byte = damaged.at(damaged.find(text) + text.size());
    byte = static_cast<char>(byte ^ 1);
    return damaged;
  };
  for (const std::string& damaged :
       {std::string(), status.substr(0, 1), status.substr(0, status.size() / 2),
        status.substr(0, status.size() - 3), flipped_behind("\"state\": \""),
        flipped_behind("\"bytes\": "), flipped_behind("\"xxh3_128\": \""),
        flipped_behind("\"checkpoints/elicit/m"), flipped_behind("\"items.json"),
        flipped_behind("\"files\"")}) {
    folder_.write("run/status.json", damaged);
    std::map<std::string, std::string> now = before_;
    now["status.json"] = damaged;
    for (const char* how : {"seed=0", "--resume"}) {
      const Ended ended = run({kTiny, "checkpoints.keep=phases", how});
      EXPECT_EQ(ended.status, 1) << how << damaged;
      EXPECT_THAT(ended.err, AllOf(HasSubstr("status.json"), HasSubstr("--fresh"))) << damaged;
      EXPECT_THAT(ended.err, Not(HasSubstr("was altered"))) << damaged;
      EXPECT_EQ(files(), now) << how << damaged;
    }
  }
  folder_.write("run/status.json", "");
  EXPECT_EQ(run({kTiny, "checkpoints.keep=phases", "--fresh"}).status, 0);
  EXPECT_EQ(run({kTiny, "checkpoints.keep=phases"}).status, 0);
}

TEST_F(SupersededRuns, ComeBackAfterTheirReplacementWasKilledBeforeItHadAState) {
  kill_in_first_phase();
  EXPECT_EQ(run({kTiny, "checkpoints.keep=phases"}).status, 0);
  EXPECT_EQ(files(), before_);
}

TEST_F(SupersededRuns, AreNamedByWhoeverLooksAfterTheirReplacementWasKilled) {
  kill_in_first_phase();
  const std::string said = "an earlier run's files are in .superseded";
  const std::string report = (folder_.path() / "report").string();
  const Ended reported =
      leakprobe({"report", folder_.path().string(), "--no-figures", "--out", report});
  EXPECT_EQ(reported.status, 3);
  EXPECT_THAT(reported.out, AllOf(HasSubstr("INCOMPLETE"), HasSubstr(said)));
  EXPECT_THAT(leakprobe({"watch", out_.string(), "--once"}).out, HasSubstr(said));
  EXPECT_THAT(leakprobe({"audit", out_.string()}).out, HasSubstr(said));

  // As it is where the process was killed before it wrote anything.
  for (const char* name : {"config.yaml", "environment.json", "status.json", "log.txt"}) {
    fs::remove(out_ / name);
  }
  const Ended left_out = leakprobe({"report", folder_.path().string(), "--out", report});
  EXPECT_THAT(left_out.err, HasSubstr(said));
  EXPECT_THAT(leakprobe({"audit", out_.string()}).err, HasSubstr(said));
}

TEST_F(SupersededRuns, AreReplacedByWhoeverGoesOnWithWhatWasKilled) {
  kill_in_first_phase();
  EXPECT_EQ(run({kTiny, "seed=1", "--resume"}).status, 0);
  EXPECT_THAT(read_text(out_ / "result.json"), HasSubstr("\"seed\": 1"));
  EXPECT_FALSE(fs::exists(out_ / "checkpoints/suppress"));
  EXPECT_FALSE(fs::exists(out_ / ".superseded"));
}

TEST_F(SupersededRuns, AreGoneOnceTheNewOneIsComplete) {
  EXPECT_EQ(run({kTiny, "seed=1", "--fresh"}).status, 0);
  EXPECT_THAT(read_text(out_ / "result.json"), HasSubstr("\"seed\": 1"));
  EXPECT_FALSE(fs::exists(out_ / "checkpoints/suppress"));
  EXPECT_FALSE(fs::exists(out_ / ".superseded"));
  EXPECT_EQ(leakprobe({"audit", out_.string()}).status, 0);
}

}  // namespace
}  // namespace leakprobe::cli
