#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include "leakprobe/host/workbench.h"
#include "program.h"

namespace leakprobe::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// tiny.yaml with and without freezing for two seeds: four runs, of which two and two have
/// calibrate in common. `more` are further lines of the file.
std::string four_runs(const std::string& more = "") {
  return "extends: " + source_path("examples/tiny.yaml") +
         "\nname: ab\n"
         "sweep:\n"
         "  freezing: {with: {}, without: {phases: [{name: suppress, freeze: {type: none}}]}}\n"
         "  seed: [0, 1]\n" +
         more;
}

/// Steps enough that a signal finds the runs at work.
const std::string kLonger = "phases: [{name: calibrate, steps: 150}, {name: elicit, steps: 150}]\n";

/// What has to be equal where two runs are: by the run's directory and file.
std::map<std::string, std::string> findings(const fs::path& sweep) {
  std::map<std::string, std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(sweep / "runs")) {
    if (!fs::exists(entry.path() / "config.yaml")) continue;
    const std::string name = entry.path().filename().string();
    for (const char* file : {"metrics.jsonl", "items.jsonl", "ledger.json", "config.yaml",
                             "checkpoints/elicit/model.safetensors"}) {
      found[name + "/" + file] = read_text(entry.path() / file);
    }
    Value result = host::parse_json(read_text(entry.path() / "result.json"), name);
    result.erase("seconds");
    found[name + "/result.json"] = to_json(result);
  }
  return found;
}

/// The findings of a sweep that nothing disturbed, made once.
const std::map<std::string, std::string>& undisturbed() {
  static const TemporaryFolder folder;
  static const std::map<std::string, std::string> found = [] {
    const std::string out = (folder.path() / "out").string();
    const Ended ended = leakprobe({"sweep", folder.write("ab.yaml", four_runs(kLonger)), "--out",
                                   out, "--quiet", "--jobs", "1"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    return findings(out);
  }();
  return found;
}

class SweepCommand : public ::testing::Test {
 protected:
  Ended sweep(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"sweep", file_, "--out", out_.string()});
    return leakprobe(arguments);
  }
  Value plan() const { return json_of(sweep({"--list", "--json"})); }
  /// The states of the plan's points, in order.
  std::vector<std::string> states() const {
    const Value now = plan();
    std::vector<std::string> states;
    for (const Value& point : now.find("points")->as_list()) {
      states.push_back(point.find("state")->as_string());
    }
    return states;
  }
  void write(const std::string& text) { file_ = folder_.write("ab.yaml", text); }

  TemporaryFolder folder_;
  fs::path out_ = folder_.path() / "out";
  std::string file_ = folder_.write("ab.yaml", four_runs());
};

TEST_F(SweepCommand, RunsEveryPointAndLeavesCompleteOnesAlone) {
  const Ended ended = sweep({});
  ASSERT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("freezing=without, seed=1  VALID"));
  EXPECT_THAT(ended.out, HasSubstr("4 VALID"));
  EXPECT_THAT(ended.err, HasSubstr("[4/4]"));

  const Value sweep_file = host::parse_json(read_text(out_ / "sweep.json"), "sweep.json");
  const Value::List& points = sweep_file.find("points")->as_list();
  ASSERT_THAT(points, SizeIs(4));
  EXPECT_EQ(points[3].find("labels")->find("freezing")->as_string(), "without");
  EXPECT_EQ(points[3].find("labels")->find("seed")->as_string(), "1");
  const fs::path run = out_ / points[3].find("directory")->as_string();
  const auto written = fs::last_write_time(run / "result.json");

  const Ended again = sweep({"--json"});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(fs::last_write_time(run / "result.json"), written);
  for (const Value& entry : json_of(again).find("runs")->as_list()) {
    EXPECT_TRUE(entry.find("existed")->as_boolean());
  }
  EXPECT_EQ(states(), std::vector<std::string>(4, "complete"));
}

TEST_F(SweepCommand, ListRunsAndWritesNothing) {
  const Value planned = plan();
  EXPECT_EQ(planned.find("runs")->as_integer(), 4);
  EXPECT_EQ(planned.find("points")->as_list()[0].find("steps")->as_integer(), 24);
  EXPECT_FALSE(fs::exists(out_));
  EXPECT_EQ(states(), std::vector<std::string>(4, "missing"));
}

TEST_F(SweepCommand, SharedPhasesAreComputedOnceAndChangeNoBit) {
  const Value planned = plan();
  const Value& third = planned.find("points")->as_list()[2];
  EXPECT_EQ(third.find("waits_for")->as_string(), "freezing=with, seed=0");
  EXPECT_EQ(third.find("starts_after")->as_string(), "calibrate");
  ASSERT_EQ(sweep({"--quiet"}).status, 0);
  int shared = 0;
  for (const fs::directory_entry& config : fs::directory_iterator(out_ / "configs")) {
    const std::string name = config.path().stem().string();
    const fs::path alone = folder_.path() / "alone" / "runs" / name;
    ASSERT_EQ(leakprobe({"run", config.path(), "--out", alone, "--quiet"}).status, 0);
    const std::string log = read_text(out_ / "runs" / name / "log.txt");
    shared += log.find("the phases up to calibrate") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(shared, 2);
  EXPECT_EQ(findings(out_), findings(folder_.path() / "alone"));
  // Nobody needs the snapshots any more, nor the folder in which they lay.
  EXPECT_FALSE(fs::exists(out_ / "runs" / "shared"));
}

TEST_F(SweepCommand, ASharedPhaseThatWasDamagedIsComputedAgain) {
  ASSERT_EQ(plan().find("points")->as_list().at(2).text("starts_after"), "calibrate");
  ASSERT_EQ(sweep({"--quiet", "--keep-shared", "--jobs", "1"}).status, 0);
  const std::map<std::string, std::string> whole = findings(out_);
  const fs::path shared = out_ / "runs" / "shared";
  // The run that took up what the first one left.
  const fs::path run = out_ / host::parse_json(read_text(out_ / "sweep.json"), "sweep.json")
                                  .find("points")
                                  ->as_list()[2]
                                  .text("directory");
  const std::vector<std::function<void(const fs::path&)>> damages = {
      [](const fs::path& snapshot) {
        const fs::path state = snapshot / "state.safetensors";
        std::string bytes = read_text(state);
        bytes[bytes.size() / 2] ^= 1;
        fs::remove(state);  // runs may have it by another name
        std::ofstream(state, std::ios::binary) << bytes;
      },
      [](const fs::path& snapshot) {
        const fs::path file = snapshot / "metrics.jsonl";
        std::string bytes = read_text(file);
        bytes[bytes.size() / 2] ^= 1;
        std::ofstream(file, std::ios::binary) << bytes;
      },
      [](const fs::path& snapshot) { fs::remove(snapshot / "state.safetensors"); },
      [](const fs::path& snapshot) {
        fs::copy_file(snapshot.parent_path().parent_path().parent_path() / "sweep.json",
                      snapshot / ".leakprobe");
      },
      [](const fs::path& snapshot) {
        fs::remove_all(snapshot);
        std::ofstream(snapshot) << "x";
      },
  };
  for (size_t d = 0; d < damages.size(); ++d) {
    for (const fs::directory_entry& entry : fs::directory_iterator(shared)) {
      if (!entry.path().filename().string().starts_with('.')) damages[d](entry.path());
    }
    fs::remove_all(run);
    const Ended again = sweep({"--quiet", "--keep-shared", "--jobs", "1"});
    EXPECT_EQ(again.status, 0) << d << again.err;
    EXPECT_EQ(findings(out_), whole) << d;
    EXPECT_THAT(read_text(run / "log.txt"),
                HasSubstr("is damaged, so that its phases are run again"))
        << d;
  }
}

TEST_F(SweepCommand, SharedPhasesBringTheirCheckpoints) {
  write(four_runs("checkpoints: {keep: phases}\n"));
  ASSERT_EQ(sweep({"--quiet"}).status, 0);
  const Value planned = plan();
  for (const Value& point : planned.find("points")->as_list()) {
    const fs::path run = point.find("directory")->as_string();
    EXPECT_TRUE(fs::exists(run / "checkpoints/calibrate/model.safetensors")) << run;
  }
}

TEST_F(SweepCommand, AFailureIsListedAndStopsTheOthersOnlyIfAsked) {
  write("extends: " + source_path("examples/tiny.yaml") +
        "\nsweep:\n  rate: {bad: {optimizer: {lr: 1e15}}, good: {}}\n");
  const Ended fast = sweep({"--jobs", "1", "--fail-fast"});
  EXPECT_EQ(fast.status, 1);
  EXPECT_THAT(fast.out, HasSubstr("1 failed, 1 not begun"));

  const Ended ended = sweep({"--jobs", "1"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.out, HasSubstr("rate=good  VALID"));
  EXPECT_THAT(ended.out, HasSubstr("1 VALID, 1 failed"));
  EXPECT_THAT(ended.out, HasSubstr("lower optimizer.lr"));
  const Value outcome = json_of(sweep({"--json", "--quiet"}));
  const Value& failed = outcome.find("runs")->as_list()[0];
  EXPECT_EQ(failed.find("state")->as_string(), "failed");
  EXPECT_THAT(read_text(failed.find("log")->as_string()), HasSubstr("lower optimizer.lr"));
}

TEST_F(SweepCommand, OnlyInvalidRunsAreStatusThree) {
  write("extends: " + source_path("examples/tiny.yaml") +
        "\nsweep: {seed: [0, 1]}\nphases: [{name: elicit, waive: [margin]}]\n");
  const Ended ended = sweep({});
  EXPECT_EQ(ended.status, 3);
  EXPECT_THAT(ended.out, HasSubstr("2 INVALID"));
  EXPECT_THAT(ended.out, HasSubstr("gate elicit.recovered"));
}

TEST_F(SweepCommand, MistakesOfAllPointsAreSaidOnceAndNothingStarts) {
  write("extends: " + source_path("examples/tiny.yaml") +
        "\nbatch: 0\nsweep:\n  optimizer.lr: [1e-3, -1]\n  seed: [0, 1]\n");
  const Ended ended = sweep({});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("batch: must be from 1 to 1099511627776, found the number 0\n"));
  EXPECT_THAT(ended.err, HasSubstr("found the number -1, where optimizer.lr=-1, seed=0 (and in 1 "
                                   "more of the sweep's runs)"));
  EXPECT_THAT(ended.err, HasSubstr("2 errors"));
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(SweepCommand, RowsThatMeetAtOneSeedAloneAreFoundBeforeAnythingRuns) {
  const std::string text = "extends: " + source_path("examples/tiny.yaml") +
                           "\nsweep: {seed: [1, 2, 5]}\ntask: {length: 2, negatives: 40";
  write(text + "}\n");
  const Ended ended = sweep({"--list"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("row 22 of set 'useful' is also in set 'held_out'"));
  EXPECT_THAT(ended.err, HasSubstr(", where seed=2"));
  write(text + ", apart: true}\n");
  EXPECT_EQ(sweep({"--list"}).status, 0);
}

TEST_F(SweepCommand, TheArmsOfRlhfCanRunAtEverySeed) {
  write("extends: " + source_path("examples/rlhf/suppression.yaml") + "\n");
  const Ended ended = sweep({"--list"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("80 runs"));
}

TEST_F(SweepCommand, AFileWithoutASweepIsAMistake) {
  const Ended ended = leakprobe({"sweep", source_path("examples/tiny.yaml")});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("run it with 'leakprobe run'"));
}

TEST_F(SweepCommand, PointsThatWouldBeOneRunButDifferAreAMistake) {
  write("extends: " + source_path("examples/tiny.yaml") + "\nsweep: {threads: [1, 2]}\n");
  const Ended ended = sweep({"--list"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("'threads=1' and 'threads=2' would be one run"));
}

TEST_F(SweepCommand, RunsOfChangedPluginsAreDoneAgain) {
  ASSERT_EQ(sweep({"--quiet"}).status, 0);
  const Value planned = plan();
  const fs::path run = planned.find("points")->as_list()[1].find("directory")->as_string();
  Value environment = host::parse_json(read_text(run / "environment.json"), "environment");
  environment.find("identity")->find("plugins")->set("dpo.so", "another");
  std::ofstream(run / "environment.json") << to_json(environment);
  EXPECT_EQ(states()[1], "stale");
  EXPECT_THAT(sweep({"--list"}).out, HasSubstr("plugin dpo.so has changed since"));
  const Value outcome = json_of(sweep({"--json", "--quiet"}));
  EXPECT_FALSE(outcome.find("runs")->as_list()[1].find("existed")->as_boolean());
  EXPECT_TRUE(outcome.find("runs")->as_list()[0].find("existed")->as_boolean());
  EXPECT_EQ(states()[1], "complete");
}

TEST_F(SweepCommand, TheThreadsOfItsRunsStayWhatTheyWere) {
  ASSERT_EQ(sweep({"--quiet", "--jobs", "64"}).status, 0);
  const Value planned = json_of(sweep({"--list", "--json", "--jobs", "1"}));
  EXPECT_EQ(planned.find("threads")->as_integer(), 1);
  EXPECT_EQ(planned.find("complete")->as_integer(), 4);
  const fs::path run = planned.find("points")->as_list()[0].find("directory")->as_string();
  EXPECT_THAT(read_text(run / "config.yaml"), HasSubstr("threads: 1"));
}

TEST_F(SweepCommand, ASecondSweepInTheSameFolderIsRefused) {
  fs::create_directories(out_);
  const int lock = open((out_ / ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);  // as a running sweep holds it
  const Ended ended = sweep({});
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("another process is running this sweep"));
  close(lock);
}

TEST_F(SweepCommand, WaitsForARunThatAnotherProcessIsAt) {
  const Value planned = plan();
  const fs::path run = planned.find("points")->as_list()[0].find("directory")->as_string();
  fs::create_directories(run);
  const int lock = open((run / ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    EXPECT_FALSE(fs::exists(run / "status.json")) << "two writers in one directory";
    close(lock);
  });
  const Ended ended = sweep({});
  other.join();
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("4 VALID"));
}

/// How far a sweep has come when it is disturbed.
enum class Moment { planned, in_a_later_phase, one_run_done };

class Disturbed : public SweepCommand, public ::testing::WithParamInterface<Moment> {
 protected:
  Disturbed() { write(four_runs(kLonger)); }
  std::vector<std::string> arguments() const {
    return {"sweep", file_, "--out", out_.string(), "--quiet", "--jobs", "1"};
  }
  void wait() const {
    while (!has_come()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

 private:
  bool has_come() const {
    if (GetParam() == Moment::planned) return fs::exists(out_ / "sweep.json");
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(out_ / "runs", ignored)) {
      if (GetParam() == Moment::one_run_done) {
        if (fs::exists(entry.path() / "result.json")) return true;
      } else if (read_text(entry.path() / "status.json").find("elicit") != std::string::npos) {
        return true;
      }
    }
    return false;
  }
};

TEST_P(Disturbed, AKilledSweepGoesOnAndEqualsAnUndisturbedOne) {
  Running running(arguments());
  wait();
  running.kill_with_children();
  running.wait();
  ASSERT_EQ(leakprobe(arguments()).status, 0);
  EXPECT_EQ(findings(out_), undisturbed());
}

TEST_P(Disturbed, ItsRunsEndWithAKilledSweepAndNothingIsLost) {
  Running running(arguments());
  wait();
  running.signal(SIGKILL);  // the runs hear of it by themselves
  running.wait();
  ASSERT_EQ(leakprobe(arguments()).status, 0);
  EXPECT_EQ(findings(out_), undisturbed());
}

TEST_P(Disturbed, CtrlCSavesTheRunsAndTheSweepGoesOn) {
  Running running(arguments());
  wait();
  running.signal(SIGINT);
  EXPECT_EQ(running.wait(), 75);
  ASSERT_EQ(leakprobe(arguments()).status, 0);
  EXPECT_EQ(findings(out_), undisturbed());
}

/// Between two runs a signal may find one that has ended.
class RunOfASweep : public Disturbed {};

TEST_P(RunOfASweep, ThatIsAskedAloneLeavesTheSweepInterrupted) {
  const std::string said = (folder_.path() / "said").string();
  Running running(arguments(), {}, "/dev/null", said);
  wait();
  // Before the first run there is nobody to ask.
  while (running.signal_children(SIGTERM) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(running.wait(), 75);
  EXPECT_THAT(read_text(said), HasSubstr("\nInterrupted: freezing="));
  EXPECT_THAT(read_text(said), HasSubstr(" interrupted"));
  ASSERT_EQ(leakprobe(arguments()).status, 0);
  EXPECT_EQ(findings(out_), undisturbed());
}

INSTANTIATE_TEST_SUITE_P(AtSeveralMoments, Disturbed,
                         ::testing::Values(Moment::planned, Moment::in_a_later_phase,
                                           Moment::one_run_done));
INSTANTIATE_TEST_SUITE_P(AtSeveralMoments, RunOfASweep,
                         ::testing::Values(Moment::planned, Moment::in_a_later_phase));

/// Every sweep under tests/fixtures/sweeps plans as many runs as its axes multiply to and runs.
TEST(Sweeps, ThePapersGridsPlanAndRun) {
  const TemporaryFolder folder;
  const std::map<std::string, int64_t> runs = {{"fig2_held_out", 45},
                                               {"fig4_ablation", 20},
                                               {"tuning", 72},
                                               {"variants_of_one_start", 3},
                                               {"control_tokens", 2}};
  for (const auto& [name, number] : runs) {
    const std::string file = fixture_path("sweeps/" + name + ".yaml");
    const std::string out = (folder.path() / name).string();
    const Value planned = json_of(leakprobe({"sweep", file, "--out", out, "--list", "--json"}));
    ASSERT_TRUE(planned.is_map()) << name;
    EXPECT_EQ(planned.find("points")->as_list().size(), static_cast<size_t>(number)) << name;
    // One seed shows that they run.
    std::vector<std::string> run = {"sweep", file, "--out", out, "--json", "--quiet"};
    if (number % 5 == 0) run.insert(run.begin() + 2, "sweep.seed=[0]");
    const Value outcome = json_of(leakprobe(run));
    const Value& counts = *outcome.find("counts");
    EXPECT_EQ(counts.find("valid")->as_integer() + counts.find("invalid")->as_integer(),
              number % 5 == 0 ? number / 5 : number)
        << name;
  }
}

TEST(Sweeps, TheTuningGridSharesWhatItsRunsHaveInCommon) {
  const TemporaryFolder folder;
  const std::string file = fixture_path("sweeps/tuning.yaml");
  const Value planned =
      json_of(leakprobe({"sweep", file, "--out", folder.path().string(), "--list", "--json"}));
  std::map<std::string, int> starts;
  for (const Value& point : planned.find("points")->as_list()) {
    const Value* after = point.find("starts_after");
    ++starts[after->is_null() ? "nothing" : after->as_string()];
  }
  // Calibrate depends on the learning rate alone, suppress on beta, too.
  EXPECT_EQ(starts["nothing"], 3);
  EXPECT_EQ(starts["suppress"], 4 * 3 * 2);
  EXPECT_EQ(starts["calibrate"], 72 - 3 - 24);
}

TEST(WatchCommand, ShowsARunAndASweep) {
  const TemporaryFolder folder;
  const std::string file = folder.write("ab.yaml", four_runs());
  const std::string out = (folder.path() / "out").string();
  ASSERT_EQ(leakprobe({"sweep", file, "--out", out, "--quiet"}).status, 0);
  const Ended sweep = leakprobe({"watch", out, "--once"});
  EXPECT_EQ(sweep.status, 0) << sweep.err;
  EXPECT_THAT(sweep.out, HasSubstr("freezing=without, seed=1"));
  EXPECT_THAT(sweep.out, HasSubstr("VALID  effect "));
  EXPECT_THAT(sweep.out, HasSubstr("reverse: useful "));
  EXPECT_THAT(sweep.out, HasSubstr("held_out ▇"));
  EXPECT_THAT(sweep.out, HasSubstr("4 of 4 runs complete"));
  const Value frame = json_of(leakprobe({"watch", out, "--json"}));
  EXPECT_TRUE(frame.find("over")->as_boolean());
  const Value& first = frame.find("runs")->as_list()[0];
  size_t evaluations = 0;
  const fs::path folder_of_runs = fs::path(out) / "runs";
  for (const fs::directory_entry& run : fs::directory_iterator(folder_of_runs)) {
    if (!fs::exists(run.path() / "metrics.jsonl")) continue;
    const std::string metrics = read_text(run.path() / "metrics.jsonl");
    evaluations = 0;
    for (size_t at = 0; (at = metrics.find("\"evaluation\"", at)) != std::string::npos; ++at) {
      ++evaluations;
    }
  }
  EXPECT_THAT(first.find("curve")->as_list(), SizeIs(evaluations));
}

TEST(WatchCommand, KnowsARunThatGoesOnFromOneThatDied) {
  const TemporaryFolder folder;
  const fs::path run = folder.path() / "run";
  Running running({"run", source_path("examples/tiny.yaml"), "phases.elicit.steps=100000", "--out",
                   run.string(), "--quiet"});
  std::string state;
  for (int tries = 0; tries < 600; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const Ended watched = leakprobe({"watch", folder.path().string(), "--json"});
    if (watched.status != 0) continue;  // the run has no files yet
    const Value frame = json_of(watched);
    state = frame.find("runs")->as_list()[0].find("state")->as_string();
    if (frame.find("runs")->as_list()[0].find("rate")) break;
  }
  EXPECT_EQ(state, "running");
  const Ended once = leakprobe({"watch", run.string(), "--once"});
  EXPECT_THAT(once.out, HasSubstr("elicit "));
  EXPECT_THAT(once.out, HasSubstr("/100000"));
  EXPECT_THAT(once.out, HasSubstr(" left"));
  running.signal(SIGKILL);
  running.wait();
  const Ended ended = leakprobe({"watch", run.string()});
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.out, HasSubstr("stopped  in elicit"));
}

TEST(WatchCommand, AFolderWithoutRunsIsAMistake) {
  const TemporaryFolder folder;
  const Ended ended = leakprobe({"watch", folder.path().string(), "--once"});
  EXPECT_EQ(ended.status, 2);
  EXPECT_THAT(ended.err, HasSubstr("holds no run"));
}

TEST_F(SweepCommand, AnnouncesAndRecordsTheThreadsThatItsRunsUse) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "sweep.yaml", "extends: " + source_path("examples/tiny.yaml") +
                        "\nphases: [{name: calibrate, steps: 1}, {name: suppress, steps: 1}, "
                        "{name: elicit, steps: 1}]\nsweep: {seed: [0]}\n");
  const std::string out = (folder.path() / "out").string();
  const Ended ended = leakprobe({"sweep", file, "threads=1", "--jobs", "1", "--out", out});
  EXPECT_THAT(ended.err, HasSubstr("1 at once with 1 thread each"));
  const Value record = host::parse_json(read_text(out + "/sweep.json"), "sweep.json");
  EXPECT_EQ(record.find("threads")->as_integer(), 1);
  const Ended mixed =
      leakprobe({"sweep", file, "sweep={threads: [1, 3]}", "--jobs", "1", "--list"});
  EXPECT_EQ(mixed.status, 2) << "they would be one run: " << mixed.out;
  const Ended list =
      leakprobe({"sweep", file, "sweep.arm={a: {threads: 1}, b: {threads: 3, batch: 2}}", "--jobs",
                 "1", "--list"});
  EXPECT_THAT(list.out, HasSubstr("1 at once with 1 to 3 threads each")) << list.err;
}

TEST_F(SweepCommand, WhatAKilledSweepLeftHalfWrittenGoesWithTheNext) {
  write("extends: " + source_path("examples/tiny.yaml") +
        "\nphases: [{name: calibrate, steps: 1}, {name: suppress, steps: 1}, "
        "{name: elicit, steps: 1}]\nsweep: {seed: [0]}\n");
  sweep({"--quiet"});
  fs::create_directories(out_ / "slurm");
  for (const char* part : {"", "configs", "slurm"}) {
    std::ofstream(out_ / part / ".leakprobe-4194303-0.tmp") << "half";
  }
  sweep({"--quiet"});
  for (const char* part : {"", "configs", "slurm"}) {
    EXPECT_FALSE(fs::exists(out_ / part / ".leakprobe-4194303-0.tmp")) << part;
  }
}

}  // namespace
}  // namespace leakprobe::cli
