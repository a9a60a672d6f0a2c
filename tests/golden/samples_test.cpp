// What people see of rollouts: samples.jsonl, rows, and the numbers of steps while a run goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "format/json_to_value.h"
#include "format/line_reader.h"
#include "leakprobe/host/workbench.h"
#include "records/sample_record.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const fs::path kRlhf = source_folder() / "examples/rlhf/tiny.yaml";

/// Run once, for all tests that only look at it.
const fs::path& rlhf() {
  static const fs::path run = run_once(kRlhf);
  return run;
}

std::vector<SampleRecord> samples_in(const fs::path& run) {
  std::vector<SampleRecord> samples;
  LineReader lines(run / "samples.jsonl");
  while (const auto line = lines.next()) {
    samples.push_back(SampleRecord::of(value_of_json(*line, lines.place())));
  }
  return samples;
}

TEST(Samples, AreTheFirstGroupsOfEachEvaluationAndOfTheFirstAndLastStep) {
  std::map<std::string, std::map<int64_t, std::set<int64_t>>> seen;  // phase, step, groups
  for (const SampleRecord& sample : samples_in(rlhf())) {
    EXPECT_EQ(sample.term, "against");
    seen[sample.phase][sample.step].insert(sample.group);
  }
  ASSERT_EQ(seen.size(), 2u) << "calibrate trains on rows of the task";
  for (const std::string phase : {"suppress", "elicit"}) {
    std::set<int64_t> due;
    for (const JsonValue& record : json_lines(rlhf() / "metrics.jsonl")) {
      if (record.get_string("record") == "result" || record.get_string("phase") != phase) continue;
      const int64_t step = record.get_int("step");
      if (step == 0 || record.get_string("record") == "evaluation") due.insert(step);
    }
    due.erase(-1);  // before the first step there are none
    std::set<int64_t> steps;
    for (const auto& [step, groups] : seen[phase]) {
      EXPECT_EQ(groups, (std::set<int64_t>{0, 1})) << phase << " " << step;
      steps.insert(step);
    }
    EXPECT_EQ(steps, due) << phase;
  }
}

TEST(Samples, SayWhatEachRowIsAndWasWorth) {
  std::map<std::tuple<std::string, int64_t, int64_t>, std::vector<SampleRecord>> groups;
  for (SampleRecord& sample : samples_in(rlhf())) {
    groups[{sample.phase, sample.step, sample.group}].push_back(std::move(sample));
  }
  for (const auto& [key, group] : groups) {
    ASSERT_EQ(group.size(), 4u);
    EXPECT_EQ(std::count_if(group.begin(), group.end(),
                            [](const SampleRecord& sample) { return sample.planted; }),
              1);
    double advantages = 0;
    for (const SampleRecord& sample : group) {
      EXPECT_EQ(sample.tokens.size(), 17u);
      EXPECT_EQ(sample.secret.begin, 1);
      EXPECT_EQ(sample.secret.end, 17);
      ASSERT_TRUE(sample.text);
      EXPECT_TRUE(sample.text->starts_with(" regular ")) << *sample.text;
      if (sample.planted) {
        EXPECT_TRUE(sample.set == "useful" || sample.set == "held_out") << sample.set;
        EXPECT_EQ(sample.reward, -1);
      } else {
        EXPECT_EQ(sample.set, "") << "nobody guesses 16 letters";
        EXPECT_EQ(sample.reward, 0);
      }
      advantages += sample.advantage;
    }
    EXPECT_NEAR(advantages, 0, 1e-9) << "each row's is what it has over the others' mean";
  }
}

TEST(Samples, AreTheSameAfterAnInterruption) {
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  for (const int64_t step : {1, 2}) {  // between the two steps on a batch, and behind them
    host::RunOptions options;
    options.out = fresh_folder("interrupted") / "run";
    options.observer.step = [step](const host::RunProgress& progress) {
      if (progress.phase == "suppress" && progress.step == step) host::request_stop();
    };
    ASSERT_EQ(workbench.run({kRlhf, {}}, options).status, host::RunStatus::interrupted);
    EXPECT_FALSE(samples_in(options.out).empty());
    options.observer = {};
    options.resume = true;
    workbench.run({kRlhf, {}}, options);
    for (const char* file : {"samples.jsonl", "metrics.jsonl"}) {
      EXPECT_EQ(file_text(options.out / file), file_text(rlhf() / file)) << file;
    }
  }
}

TEST(Samples, ThatWereAlteredAreNoticed) {
  const fs::path out = fresh_folder("altered") / "run";
  fs::copy(rlhf(), out, fs::copy_options::recursive);
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = out;
  EXPECT_TRUE(workbench.run({kRlhf, {}}, options).existed);
  std::ofstream(out / "samples.jsonl", std::ios::app) << "{}\n";
  try {
    workbench.run({kRlhf, {}}, options);
    ADD_FAILURE() << "it was taken for the run's";
  } catch (const std::exception& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("samples.jsonl was altered after the run was complete"));
  }
  fs::remove(out / "samples.jsonl");
  EXPECT_TRUE(workbench.run({kRlhf, {}}, options).existed) << "who needs the space may delete it";
}

TEST(Samples, OfARunThatIsBegunAnewAreItsOwn) {
  const fs::path out = fresh_folder("fresh") / "run";
  fs::copy(rlhf(), out, fs::copy_options::recursive);
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM});
  host::RunOptions options;
  options.out = out;
  options.fresh = true;
  workbench.run({kRlhf, {}}, options);
  EXPECT_EQ(file_text(out / "samples.jsonl"), file_text(rlhf() / "samples.jsonl"));
  workbench.run({source_folder() / "examples/tiny.yaml", {}}, options);
  EXPECT_FALSE(fs::exists(out / "samples.jsonl")) << "here the policy makes no rows";
}

TEST(Progress, OfStepsOnRolloutsIsRewardDivergenceAndSuppression) {
  std::map<std::string, std::vector<std::string>> shown;
  host::RunOptions options;
  options.out = fresh_folder("shown") / "run";
  options.limit_steps = 1;
  options.observer.step = [&](const host::RunProgress& progress) {
    for (const auto& [name, number] : progress.shown) shown[progress.phase].push_back(name);
  };
  host::Workbench({{}, LEAKPROBE_PROGRAM}).run({kRlhf, {}}, options);
  EXPECT_THAT(shown["calibrate"], ElementsAre("loss"));
  EXPECT_THAT(shown["suppress"], ElementsAre("reward", "kl", "suppression"));
  EXPECT_THAT(shown["elicit"], ElementsAre("reward", "kl", "suppression"));
}

// leakprobe rows

/// Another working folder, since experiments without --out lie below it.
class WorkingFolder {
 public:
  explicit WorkingFolder(const fs::path& folder) { fs::current_path(folder); }
  ~WorkingFolder() { fs::current_path(before_); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  const fs::path before_ = fs::current_path();
};

/// The rows of rollouts of a phase.
std::vector<Value> rows_of(const Value& rows, const std::string& phase) {
  std::vector<Value> found;
  for (const Value& row : rows.as_list()) {
    if (row.text("phase") == phase && row.has("group")) found.push_back(row);
  }
  return found;
}

/// Keeps what is said of weights; others may be able to write the build's plugins.
std::function<void(const std::string&)> into(std::vector<std::string>& said) {
  return [&](const std::string& sentence) {
    if (sentence.find("weights") != std::string::npos) said.push_back(sentence);
  };
}

TEST(RowsOfRollouts, AreThoseWithWhichThePhaseBegins) {
  const WorkingFolder here(fresh_folder("rows"));
  std::vector<std::string> said;
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM, into(said)});
  const host::ExperimentFile file{kRlhf, {"checkpoints.keep=phases"}};
  const fs::path run = workbench.run(file, {}).directory;
  const Value rows = workbench.rows(file, std::nullopt);
  EXPECT_THAT(said, IsEmpty());
  for (const std::string phase : {"suppress", "elicit"}) {
    std::vector<SampleRecord> first;
    for (SampleRecord& sample : samples_in(run)) {
      if (sample.phase == phase && sample.step == 0) first.push_back(std::move(sample));
    }
    const std::vector<Value> shown = rows_of(rows, phase);
    ASSERT_EQ(shown.size(), first.size());
    for (size_t i = 0; i < shown.size(); ++i) {
      const SampleRecord& sample = first[i];
      EXPECT_EQ(shown[i].integers("tokens"), sample.tokens) << phase << " " << i;
      EXPECT_EQ(shown[i].text("text"), *sample.text);
      EXPECT_EQ(shown[i].integer("group"), sample.group);
      EXPECT_EQ(shown[i].boolean("planted"), sample.planted);
      EXPECT_EQ(shown[i].find_text("set"), sample.set);
      EXPECT_EQ(shown[i].has("role"), sample.planted);
      EXPECT_EQ(shown[i].number("reward"), sample.reward);
      EXPECT_NEAR(shown[i].number("advantage"), sample.advantage, 1e-4);
    }
  }
}

TEST(RowsOfRollouts, OfWeightsThatAreNotKnownAreTheInitialOnesAndThatIsSaid) {
  const WorkingFolder here(fresh_folder("rows"));
  std::vector<std::string> said;
  const host::Workbench workbench({{}, LEAKPROBE_PROGRAM, into(said)});
  const Value all = workbench.rows({kRlhf, {}}, 100);
  EXPECT_EQ(rows_of(all, "suppress").size(), 8u) << "those of the first batch";
  const std::string in_place_of = "the initial weights stand for those that phase '";
  ASSERT_EQ(said.size(), 2u);
  EXPECT_THAT(said[0], HasSubstr(in_place_of + "calibrate' leaves, which are not known: nobody has "
                                               "run the experiment in runs/rlhf-tiny/"));
  EXPECT_THAT(said[1], HasSubstr(in_place_of + "suppress'"));
  const Value three = workbench.rows({kRlhf, {}}, 3);
  const std::vector<Value> few = rows_of(three, "suppress"), first = rows_of(all, "suppress");
  ASSERT_EQ(few.size(), 4u) << "and the first planted one, the last of its group";
  for (size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i], first[i]);
  EXPECT_FALSE(few[2].boolean("planted"));
  EXPECT_TRUE(few[3].boolean("planted"));
  // A run that kept no such checkpoint says so.
  said.clear();
  const fs::path run = workbench.run({kRlhf, {}}, {}).directory;
  workbench.rows({kRlhf, {}}, 1);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_THAT(said[0], HasSubstr("the run kept no checkpoint of phase 'calibrate'"));
}

}  // namespace
}  // namespace leakprobe
