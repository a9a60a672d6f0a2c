// Whose weights a phase starts from, which it trains, and with whose it compares.

#include <gmock/gmock.h>

#include "leakprobe/tensors.h"
#include "run/files_of_run.h"
#include "run/stop.h"
#include "step/phase_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A phase of two steps; `more` such as ", from: initial".
std::string phase(const std::string& name, const std::string& more = "") {
  return "  - {name: " + name + more +
         ", type: train, steps: 2, terms: {pairs: {rows: {a: {set: taught, prefix: near, repeat: "
         "4}, b: {set: fresh, prefix: far}}}}}\n";
}

class From : public Engine {
 protected:
  /// What the phase `again` leaves in an experiment of these phases.
  static std::string again(const std::string& phases, const std::string& folder = "from") {
    const Ran ran = run(composed(phases), folder);
    EXPECT_EQ(ran.failure, "");
    const std::string weights = checkpoint_of("again", folder);
    EXPECT_NE(weights, "");
    return weights;
  }
};

TEST_F(From, InitialIsTheModelAsItWasBeforeAnyPhase) {
  EXPECT_TRUE(again(phase("learn") + phase("again", ", from: initial")) == again(phase("again")));
}

TEST_F(From, AnEarlierPhaseIsWhatThatPhaseLeft) {
  const std::string behind_learn = again(phase("learn") + phase("again"));
  EXPECT_TRUE(again(phase("learn") + phase("other") + phase("again", ", from: learn")) ==
              behind_learn);
  EXPECT_FALSE(again(phase("learn") + phase("other") + phase("again")) == behind_learn);
}

TEST_F(From, NothingIsThePhaseBefore) {
  EXPECT_TRUE(again(phase("learn") + phase("other") + phase("again")) ==
              again(phase("learn") + phase("other") + phase("again", ", from: other")));
}

TEST_F(From, AnEarlierPhaseIsThereAfterARunWasStopped) {
  const std::string phases = phase("learn") + phase("other") + phase("third", ", from: initial") +
                             phase("again", ", from: learn");
  const std::string undisturbed = again(phases);
  for (const int64_t stop : {1, 3, 5, 7}) {
    script().write = [stop, seen = int64_t{0}](const Value& record) mutable {
      if (record.text("record") == "step" && ++seen == stop) request_stop();
    };
    ASSERT_TRUE(run(composed(phases), "stopped_weights").result.is_null());
    script().write = Script().write;
    ASSERT_EQ(run(composed(phases), "stopped_weights", true).failure, "");
    EXPECT_TRUE(checkpoint_of("again", "stopped_weights") == undisturbed) << stop;
  }
}

TEST_F(From, AnotherRunIsWhatItsPhaseLeft) {
  ASSERT_EQ(run(composed(phase("learn") + phase("other"), "checkpoints: {keep: phases}\n"), "elder")
                .failure,
            "");
  const auto from = [](const std::string& name) {
    return ", from: {run: " + run_folder("elder").string() + ", phase: " + name + "}";
  };
  EXPECT_TRUE(again(phase("again", from("learn"))) == again(phase("learn") + phase("again")));
  EXPECT_TRUE(again(phase("again", from("other"))) ==
              again(phase("learn") + phase("other") + phase("again")));
}

// Freezing.

class Frozen : public Engine {
 protected:
  /// The parameters of `tiny` in the checkpoint of phase learn.
  static WeightSnapshot weights() {
    const TensorFile file =
        TensorFile::open(run_folder() / "checkpoints" / "learn" / "model.safetensors");
    return {file.read("embedding"), file.read("head")};
  }
};

TEST_F(Frozen, ParametersKeepTheirBitsAndTheOthersAreTrainedAsIfAllWere) {
  const WeightSnapshot before = load_model(composed(learn(1)), registry(), torch::kCPU).snapshot();
  ASSERT_EQ(run(learn(1)).failure, "");
  const WeightSnapshot all = weights();
  EXPECT_FALSE(all[0].equal(before[0]));
  EXPECT_FALSE(all[1].equal(before[1]));
  for (const size_t frozen : {size_t{0}, size_t{1}}) {
    script().trainable = [frozen](size_t count) {
      std::vector<bool> trained(count, true);
      trained[frozen] = false;
      return trained;
    };
    std::vector<std::string> updated;
    script().update = [&](std::vector<Trained>& parameters, double rate, double scale) {
      for (const Trained& parameter : parameters) updated.push_back(parameter.name);
      Script().update(parameters, rate, scale);
    };
    ASSERT_EQ(run(learn(1)).failure, "");
    const WeightSnapshot some = weights();
    EXPECT_THAT(updated, ElementsAre(frozen == 0 ? "head" : "embedding"));
    EXPECT_TRUE(some[frozen].equal(before[frozen]));
    EXPECT_TRUE(torch::allclose(some[1 - frozen], all[1 - frozen], 1e-5, 1e-5));
  }
}

TEST_F(Frozen, WhatOnePhaseFreezesTheNextMayTrain) {
  std::vector<std::string> updated;
  script().trainable = [&](size_t count) {
    std::vector<bool> trained(count, true);
    trained[updated.empty() ? 0 : 1] = false;
    return trained;
  };
  script().update = [&](std::vector<Trained>& parameters, double, double) {
    for (const Trained& parameter : parameters) updated.push_back(parameter.name);
  };
  ASSERT_EQ(run(learn(1) + phase("again")).failure, "");
  EXPECT_THAT(updated, ElementsAre("head", "embedding", "embedding"));
}

TEST_F(Frozen, EverythingIsASentence) {
  script().trainable = [](size_t count) { return std::vector<bool>(count, false); };
  EXPECT_THAT(run(learn()).failure,
              HasSubstr("error: phases.learn.freeze: every parameter is frozen, so that nothing is "
                        "trained\n    hint: leave something to train"));
}

// References.

class Referenced : public Engine {
 protected:
  Referenced() {
    script().facts.needs_reference = true;
    script().evaluate = [this](const Columns& columns) {
      const ColumnBatch& a = columns.at("a");
      distance_.push_back((a.policy - a.reference).abs().max().item<double>());
      sums_.push_back(a.reference_sum().sum().item<double>());
      return Script().evaluate(columns);
    };
  }
  std::vector<double> distance_, sums_;
};

TEST_F(Referenced, ByDefaultItIsTheModelAtThePhasesStart) {
  ASSERT_EQ(run(phase("learn") + phase("again") + phase("last", ", from: initial")).failure, "");
  ASSERT_EQ(distance_.size(), 6u);
  for (const size_t first : {0, 2, 4}) {
    EXPECT_NEAR(distance_[first], 0, 1e-5) << first;
    EXPECT_GT(distance_[first + 1], 1e-4) << "it stays while the policy moves";
  }
}

TEST_F(Referenced, ItsValuesAreThoseOfTheRowsAtHand) {
  const PhaseAtWork work(learn(1));  // the same model and rows
  const ByTorch by_hand(work.weights());
  std::vector<double> expected;
  for (int64_t i = 0; i < 4; ++i) {
    expected.push_back(by_hand.sum(work.row("taught", i)).item<double>());
  }
  ASSERT_EQ(run(learn(1)).failure, "");
  ASSERT_EQ(sums_.size(), 1u);
  EXPECT_NEAR(sums_[0], expected[0] + expected[1] + expected[2] + expected[3], 1e-4);
  sums_.clear();
  ASSERT_EQ(run(learn(1), "rows_per_pass: 2\n").failure, "");
  ASSERT_EQ(sums_.size(), 4u) << "an item a pass";
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(sums_[i], expected[i], 1e-4) << i;
}

}  // namespace
}  // namespace leakprobe::run_test
