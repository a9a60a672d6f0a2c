#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "leakprobe/plugin.h"

/// Whole runs through stub plugins whose every answer a test can replace: the engine is what is
/// tested, and the plugins misbehave.
namespace leakprobe {
class Registry;
}

namespace leakprobe::run_test {

using TensorsByName = std::vector<std::pair<std::string, torch::Tensor>>;

/// What the stubs answer. Each test begins with the answers of good plugins.
///
/// Model `tiny`: an embedding and a head, 4 wide, nothing between. Task `words`: sets
/// fresh (no size), taught (6 rows of 5 tokens below 10, of the control's distribution), secret
/// (4, never_positive) and control; prefixes near and far; chance -2.3; the sets that its option
/// `protect` names are never_positive, too. Objective `scripted` on
/// columns a and b, up and down, with a metric `gap`, and `up` on rows. Phase `train` with terms by
/// name. Reward `judged`. Probe `look`, and one of each other kind under the name that experiments
/// use by default.
struct Script {
  std::function<void(Kind)> made = [](Kind) {};
  std::function<Row(const RowRequest&)> row;
  ObjectiveFacts facts;
  std::function<Loss(const Columns&)> evaluate;
  std::function<double(const Columns&)> count;
  RewardFacts reward_facts;
  std::function<double(const Completion&)> reward;
  std::function<std::vector<ProbeValue>(ProbedModel&, const std::vector<ProbeCell>&)> measure;
  std::function<std::vector<bool>(size_t parameters)> trainable;
  std::function<double(int64_t step)> factor = [](int64_t) { return 1.0; };
  std::function<double()> rate = [] { return 0.1; };
  std::function<double()> clip_norm = [] { return 1e9; };
  std::function<void(std::vector<Trained>&, double rate, double gradient_scale)> update;
  std::function<TensorsByName()> state;
  std::function<void(const TensorsByName&)> restore = [](const TensorsByName&) {};
  std::function<std::string()> beginning = [] { return std::string(); };
  std::function<void(const Value&)> write = [](const Value&) {};
  std::string bytes = "a record\n";  ///< that the sink makes of each record
  std::string file = "drain.txt";    ///< where the sink's bytes go
  /// What looks at the key `strict` of the model's config.json, and to_config.
  std::function<void()> converts = [] {};
  std::function<torch::Tensor(torch::Tensor hidden)> hidden;
  std::function<Head(Head)> head = [](Head given) { return given; };
  std::function<void(std::vector<Measurement>&)> gates = [](std::vector<Measurement>&) {};

  Script();
};

/// The script of the stubs; a test assigns Script() before it changes it.
Script& script();

struct Ran {
  std::string failure;         ///< of the run or its composition; "" where it ended
  std::vector<Value> records;  ///< that the sink got
  Value result;
  /// The values of a metric in each step, in order.
  std::vector<double> metric(const std::string& term, const std::string& name) const;
};

/// The experiment with these phases and further top-level lines, which may also be others in the
/// place of its own (`threads: 1`, `batch: 4`, `task: {type: words}` and so on). Throws
/// host::InvalidExperiment.
Composition composed(const std::string& phases, const std::string& more = "");

/// Runs it in a folder of its own that goes on with the state of the run before it where `resume`
/// is set.
Ran run(const std::string& phases, const std::string& more = "", bool resume = false);
/// The same of what was composed, in a folder of that name beside it.
Ran run(const Composition& composition, const std::string& folder, bool resume = false);
/// The folder of runs of that name; "run" where none is given.
std::filesystem::path run_folder(const std::string& name = "run");

/// A probe of two rows of taught before and after each step.
inline constexpr const char* kProbes =
    "probes: [{type: look, every: 1, rows: 2, sets: [taught], prefixes: [near]}]\n";

/// Begins and leaves each test with good plugins, and begins it without the runs of others.
class Engine : public ::testing::Test {
 protected:
  Engine() {
    script() = Script();
    std::filesystem::remove_all(run_folder());
  }
  ~Engine() override { script() = Script(); }
};

const Registry& registry();

/// One phase `learn` of `steps` steps of 4 items of the term `pairs`: scripted, taught as column a
/// against fresh as column b, in their order.
std::string learn(int64_t steps = 2);

}  // namespace leakprobe::run_test
