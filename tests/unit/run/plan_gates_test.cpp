// Gates that a phase plugin plans wrongly, or that cannot be met.

#include <gmock/gmock.h>

#include <limits>

#include "run/stub_engine.h"

namespace leakprobe::run_test {
namespace {

using ::testing::HasSubstr;

/// A good gate: the rows taught, below the control.
Measurement low() {
  Measurement gate;
  gate.name = "low";
  gate.measure = "look";
  gate.cells = {{"taught", "near"}};
  gate.minus.kind = Minus::Kind::control;
  gate.bound = Bound{Bound::Kind::below, 100};
  return gate;
}

class PlannedGates : public Engine {
 protected:
  /// What is said of a plan whose gate `change` changes.
  static std::string said(std::function<void(Measurement&)> change) {
    script().gates = [=](std::vector<Measurement>& gates) {
      gates = {low()};
      change(gates.front());
    };
    return run(learn()).failure;
  }
  static void expect_fault(const std::string& fault, std::function<void(Measurement&)> change) {
    EXPECT_EQ(said(std::move(change)), "e.yaml:8:5: error: phases.learn: " + fault +
                                           "\n    hint: this is a fault of the plugin train");
  }
};

TEST_F(PlannedGates, AGoodOneIsMeasured) {
  EXPECT_EQ(said([](Measurement&) {}), "");
}

TEST_F(PlannedGates, OfWhatIsNotThereAreFaultsOfThePlugin) {
  expect_fault("gate 'low' measures rows that are not there: the task has no prefix 'nonsense'",
               [](Measurement& gate) { gate.cells[0].prefix = "nonsense"; });
  expect_fault("gate 'low' measures rows that are not there: the task has no set 'nonsense'",
               [](Measurement& gate) { gate.cells[0].set = "nonsense"; });
  expect_fault(
      "gate 'low' measures rows that are not there: [3, 9) is no part of set 'taught', which "
      "has 6 items",
      [](Measurement& gate) {
        gate.cells[0].items = {{3, 9}};
      });
  expect_fault("gate 'low' reads the probe 'nonsense', which there is not",
               [](Measurement& gate) { gate.measure = "nonsense"; });
  expect_fault("gate 'low' reads a term 'nothing' that the phase does not have",
               [](Measurement& gate) {
                 gate = Measurement{"low", "gap", "nothing", {}, "", {}, {}, {}, gate.bound, {}};
               });
  expect_fault("gate 'low' reads 'rewards/none', which objective scripted does not report",
               [](Measurement& gate) {
                 gate = Measurement{"low", "rewards/none", "pairs", {}, "", {}, {},
                                    {},    gate.bound,     {}};
               });
}

TEST_F(PlannedGates, ThatTakeSeveralThingsOff) {
  const auto then = [](
                        Minus::Kind kind, std::function<void(Minus&)> change = [](Minus&) {}) {
    return [=](Measurement& gate) {
      Minus minus;
      minus.kind = kind;
      change(minus);
      gate.then = {minus};
    };
  };
  EXPECT_EQ(said(then(Minus::Kind::start)), "");
  expect_fault("gate 'low' takes several things off: two of them change the set",
               then(Minus::Kind::control));
  expect_fault(
      "gate 'low' takes several things off: 'chance' is the same on both sides of a "
      "difference",
      then(Minus::Kind::chance));
  expect_fault("gate 'low' reads the phase 'later', which is not run",
               then(Minus::Kind::other, [](Minus& minus) { minus.phase = "later"; }));
}

TEST_F(PlannedGates, ThatTakeOffWhatIsNotThereAreFaultsOfThePlugin) {
  const auto minus = [](std::function<void(Minus&)> change) {
    return [=](Measurement& gate) {
      gate.minus = {};
      gate.minus.kind = Minus::Kind::other;
      change(gate.minus);
    };
  };
  expect_fault("gate 'low' reads the phase 'later', which is not run",
               minus([](Minus& other) { other.phase = "later"; }));
  expect_fault("gate 'low' takes off rows that are not there: the task has no prefix 'left'",
               minus([](Minus& other) { other.prefix = "left"; }));
  expect_fault("gate 'low' takes off rows that are not there: the task has no set 'others'",
               minus([](Minus& other) { other.rows = Cell("others", ""); }));
  expect_fault("gate 'low' reads the probe 'other', which there is not",
               minus([](Minus& other) { other.measure = "other"; }));
}

TEST_F(PlannedGates, WithoutWhatMakesAGateAreFaultsOfThePlugin) {
  expect_fault("gate 'low' measures nothing and does not say why it does not apply",
               [](Measurement& gate) { gate.cells.clear(); });
  expect_fault("gate 'low' has no finite bound", [](Measurement& gate) { gate.bound.reset(); });
  expect_fault("gate 'low' has no finite bound", [](Measurement& gate) {
    gate.bound->value = std::numeric_limits<double>::quiet_NaN();
  });
  expect_fault("a gate has no name", [](Measurement& gate) { gate.name = ""; });
  EXPECT_EQ(said([](Measurement& gate) {
              gate.cells.clear();
              gate.not_applicable = "nothing is pushed down";
            }),
            "");
}

// The control at chance.

class AtChance : public Engine {
 protected:
  AtChance() {
    script().gates = [](std::vector<Measurement>& gates) {
      Measurement gate = low();
      gate.name = "at_chance";
      gate.cells = {{"control", "near"}};
      gate.minus.kind = Minus::Kind::chance;
      gates = {gate};
    };
  }

  /// The notes of the gate in each phase, trained on these rows in order.
  static std::vector<std::string> notes(const std::vector<std::string>& rows) {
    std::string phases;
    for (size_t i = 0; i < rows.size(); ++i) {
      phases += "  - {name: p" + std::to_string(i) +
                ", type: train, steps: 1, terms: {rows: {objective: {type: up}, rows: {" + rows[i] +
                "}}}}\n";
    }
    const Ran ran = run(phases);
    EXPECT_EQ(ran.failure, "");
    std::vector<std::string> notes;
    if (ran.result.is_null()) return notes;
    for (const Value& gate : ran.result.find("gates")->as_list()) {
      if (gate.find("name")->as_string() != "at_chance") continue;
      const bool applies = gate.find("outcome")->as_string() != "not_applicable";
      notes.push_back(applies ? "" : gate.find("note")->as_string());
    }
    return notes;
  }
};

TEST_F(AtChance, IsAskedOfAModelThatSawFreshRowsAlone) {
  EXPECT_EQ(notes({"set: fresh", "set: fresh, count: 8"}), std::vector<std::string>({"", ""}));
}

TEST_F(AtChance, IsNotAskedOnceRowsDrawnLikeTheControlCouldBeLearnedByHeart) {
  const std::string by_heart =
      "phase 'p1' can learn the rows of set 'taught' by heart, which takes others drawn like them "
      "below chance";
  EXPECT_EQ(notes({"set: fresh", "set: taught, repeat: 4", "set: fresh"}),
            std::vector<std::string>({"", by_heart, by_heart}));
}

}  // namespace
}  // namespace leakprobe::run_test
