// Runs that are stopped at exact steps and go on: nothing tells them from undisturbed ones.

#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include "run/files_of_run.h"
#include "run/runner.h"
#include "run/stop.h"
#include "saved.h"

namespace leakprobe::run_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Everything that a state must keep: an optimizer with moments, references to the weights that two
/// phases start from, one of which is not the phase before, shuffled and fresh rows, a schedule,
/// and a claim at the maximum of many evaluations.
class Resumed : public Engine {
 protected:
  Resumed() {
    script().facts.needs_reference = true;
    script().evaluate = [](const Columns& columns) -> Loss {
      const auto ratio = [&](const char* name) {
        return columns.at(name).policy_sum() - columns.at(name).reference_sum();
      };
      const torch::Tensor gap = ratio("a") - ratio("b");
      return {-at::log_sigmoid(gap).sum(), {{"gap", gap.detach().sum()}}};
    };
    script().factor = [](int64_t step) { return 1.0 / static_cast<double>(step + 1); };
    script().rate = [] { return 0.5; };
    script().made = [this](Kind kind) {
      if (kind == Kind::optimizer) moments_.clear();
    };
    script().update = [this](std::vector<Trained>& parameters, double rate, double) {
      const at::NoGradGuard no_gradients;
      for (size_t i = 0; i < parameters.size(); ++i) {
        if (moments_.size() == i) moments_.push_back(torch::zeros_like(parameters[i].gradient));
        moments_[i].mul_(0.9).add_(parameters[i].gradient);
        parameters[i].value.sub_(moments_[i], rate);
      }
    };
    script().state = [this] {
      TensorsByName state;
      for (const torch::Tensor& moment : moments_) {
        state.emplace_back("moment" + std::to_string(state.size()), moment.clone());
      }
      return state;
    };
    script().restore = [this](const TensorsByName& state) {
      moments_.clear();
      for (const auto& [name, moment] : state) moments_.push_back(moment.clone());
    };
  }

  static constexpr int64_t kSteps = 9;
  static std::string phases() {
    std::string text;
    for (const std::string start :
         {"{name: learn", "{name: between", "{name: again, from: learn"}) {
      text += "  - " + start +
              ", type: train, steps: 3, terms: {pairs: {rows: {a: {set: taught, prefix: near, "
              "repeat: 4}, b: {set: fresh, prefix: far}}}}}\n";
    }
    return text;
  }
  static std::string more() {
    return "probes: [{type: look, every: 1, rows: 3, sets: [taught, control], prefixes: [near]}]\n"
           "claim: {set: taught, phase: again, at: maximum, minus: control}\n"
           "checkpoints: {keep: phases}\n";
  }
  /// Asks a run to stop once its sink has got so many steps; 0: never.
  static void stop_after(int64_t steps) {
    script().write = [steps, seen = int64_t{0}](const Value& record) mutable {
      if (record.text("record") == "step" && ++seen == steps) request_stop();
    };
  }

  std::vector<torch::Tensor> moments_;
};

class StoppedAt : public Resumed, public testing::WithParamInterface<int64_t> {};

TEST_P(StoppedAt, ARunGoesOnWithTheSameBits) {
  const Composition experiment = composed(phases(), more());
  Ran undisturbed = run(experiment, "whole");
  ASSERT_EQ(undisturbed.failure, "");
  stop_after(GetParam());
  const Ran stopped = run(experiment, "stopped");
  ASSERT_EQ(stopped.failure, "");
  ASSERT_TRUE(stopped.result.is_null());
  stop_after(0);
  Ran resumed = run(experiment, "stopped", true);
  ASSERT_EQ(resumed.failure, "");
  undisturbed.result.erase("seconds");
  resumed.result.erase("seconds");
  EXPECT_EQ(to_json(resumed.result), to_json(undisturbed.result));
  const auto whole = files_of_run("whole"), parts = files_of_run("stopped");
  ASSERT_EQ(whole.size(), parts.size());
  for (const auto& [name, content] : whole) {
    EXPECT_TRUE(parts.at(name) == content) << name << ":\n" << parts.at(name) << content;
  }
  for (const Value& record : resumed.records) {
    const int64_t step = record.find_integer("step").value_or(0);
    const std::string phase = record.find_text("phase");
    const int64_t done = phase == "learn" ? step : phase == "between" ? 3 + step : 6 + step;
    if (record.text("record") == "step") {
      EXPECT_GE(done, GetParam()) << "it went on";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Step, StoppedAt, testing::Range(int64_t{1}, int64_t{9}));

TEST_F(Resumed, ARunThatIsStoppedAfterEveryStepIsTheSameRunToo) {
  const Composition experiment = composed(phases(), more());
  ASSERT_EQ(run(experiment, "whole").failure, "");
  stop_after(1);
  Ran ran = run(experiment, "stopped");
  int64_t starts = 1;
  while (ran.failure.empty() && ran.result.is_null() && starts < 2 * kSteps) {
    stop_after(1);
    ran = run(experiment, "stopped", true);
    ++starts;
  }
  EXPECT_EQ(ran.failure, "");
  EXPECT_EQ(starts, kSteps - 2) << "at the end of a phase a run goes one step further";
  EXPECT_TRUE(files_of_run("whole") == files_of_run("stopped"));
}

TEST_F(Resumed, AStoppedRunSaysHowFarItIs) {
  const Composition experiment = composed(phases(), more());
  stop_after(4);
  ASSERT_EQ(run(experiment, "stopped").failure, "");
  const std::string status = content_of(run_folder("stopped") / "status.json");
  for (const char* part : {"\"interrupted\"", "\"between\"", "\"done\": 4", "\"total\": 9"}) {
    EXPECT_THAT(status, HasSubstr(part));
  }
}

TEST_F(Resumed, WithoutAStateARunBeginsAnew) {
  script().update = [](std::vector<Trained>&, double, double) { throw Error("no"); };
  ASSERT_NE(run(phases(), more()).failure, "");
  script().update = Script().update;
  script().state = Script().state;
  const Ran ran = run(phases(), more(), true);
  EXPECT_EQ(ran.failure, "");
  EXPECT_EQ(ran.metric("pairs", "gap").size(), static_cast<size_t>(kSteps));
}

// What a resumed run refuses.

class Refused : public Resumed {
 protected:
  void SetUp() override {
    stop_after(2);
    ASSERT_EQ(run(phases(), more()).failure, "");
    stop_after(0);
  }
};

TEST_F(Refused, AnExperimentThatHasChangedIsNamedByWhatHas) {
  const auto said = [](const std::string& phases, const std::string& more) {
    return run(phases, more, true).failure;
  };
  const std::string before =
      run_folder().string() + ": cannot resume: it holds an unfinished run, but ";
  const std::string behind =
      " since it began; put it back, start again with --fresh, or choose another --out";
  EXPECT_EQ(said(phases(), more() + "seed: 1\n"),
            before + "the seed (0, now 1) has changed" + behind);
  EXPECT_EQ(said(phases(), more() + "rows_per_pass: 2\n"),
            before + "rows_per_pass has changed" + behind);
  EXPECT_EQ(said(phases(), more()), "") << "put back, it goes on";
}

TEST_F(Refused, OtherCircumstancesAreNamed) {
  Composition experiment = composed(phases(), more());
  experiment.threads = 2;
  const int threads = at::get_num_threads();
  const std::string failure = run(experiment, "run", true).failure;
  at::set_num_threads(threads);
  EXPECT_THAT(failure, AllOf(HasSubstr("cannot resume: the saved run has another environment"),
                             HasSubstr("\"threads\":1"), HasSubstr("\"threads\":2")));
}

TEST_F(Refused, AnUnfinishedRunIsNotReplacedUnasked) {
  host::RunOptions options;
  options.out = run_folder();
  const std::string before = content_of(run_folder() / "metrics.jsonl");
  EXPECT_THAT(
      failure_of([&] { run_experiment(composed(phases(), more()), registry(), options); }),
      HasSubstr("holds an unfinished run; go on with --resume or start again with --fresh"));
  EXPECT_EQ(content_of(run_folder() / "metrics.jsonl"), before);
}

TEST_F(Refused, ACheckpointThatWasAlteredIsNamed) {
  stop_after(2);  // in the second phase
  ASSERT_EQ(run(phases(), more(), true).failure, "");
  stop_after(0);
  const std::filesystem::path file = run_folder() / "checkpoints" / "learn" / "model.safetensors";
  std::string content = content_of(file);
  content.back() = static_cast<char>(content.back() ^ 1);
  std::ofstream(file, std::ios::binary) << content;
  EXPECT_EQ(
      run(phases(), more(), true).failure,
      file.string() + ": was altered since the state was saved; start the run anew with --fresh");
  std::filesystem::remove(file);
  EXPECT_EQ(run(phases(), more(), true).failure, "") << "its owner may have needed the space";
}

TEST_F(Refused, RecordsThatWereAlteredAreNamed) {
  std::ofstream(run_folder() / "metrics.jsonl", std::ios::binary) << "{}\n";
  EXPECT_THAT(run(phases(), more(), true).failure,
              AllOf(StartsWith(run_folder().string()), HasSubstr("metrics.jsonl")));
}

}  // namespace
}  // namespace leakprobe::run_test
