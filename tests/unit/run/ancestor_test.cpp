#include "run/ancestor.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "run/files_of_run.h"
#include "saved.h"
#include "step/phase_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// A phase that pushes a set behind near up, or down where the weight is negative.
std::string push(const std::string& name, const std::string& set, int64_t steps,
                 const std::string& more = "", double weight = 1) {
  return "  - {name: " + name + more + ", type: train, steps: " + std::to_string(steps) +
         ", terms: {words: {objective: {type: up}, weight: " + std::to_string(weight) +
         ", rows: {set: " + set + ", prefix: near}}}}\n";
}

std::string from(const std::string& folder, const std::string& phase) {
  return ", from: {run: " + run_folder(folder).string() + ", phase: " + phase + "}";
}

/// A run `elder` of four phases, of which `aside` leads nowhere: begin (3 steps, pushes secret
/// down), aside (5), then from begin: middle (2, pushes taught up) and last (1).
class AncestorTest : public Engine {
 protected:
  static void SetUpTestSuite() {
    script() = Script();
    ran("elder", push("begin", "secret", 3, "", -1) + push("aside", "fresh", 5) +
                     push("middle", "taught", 2, ", from: begin") + push("last", "fresh", 1));
  }
  static void ran(const std::string& folder, const std::string& phases,
                  const std::string& more = "") {
    ASSERT_EQ(run(composed(phases, more + "checkpoints: {keep: phases}\n"), folder).failure, "");
  }
  static WeightsRef origin(const std::string& phase, const std::string& folder = "elder") {
    return {phase, run_folder(folder).string()};
  }
  static Ancestor ancestor(const std::string& phase, const std::string& folder = "elder") {
    return {origin(phase, folder), registry()};
  }
  /// What of the elder's losses counts up to one of its phases: "3 steps: begin".
  static std::string counted(const std::string& phase, const std::string& folder = "elder") {
    const LedgerRecord::Inherited ledger = ancestor(phase, folder).inherited("learn");
    std::string text = std::to_string(ledger.steps) + " steps:";
    for (const LedgerRecord::Column& column : ledger.columns) text += " " + column.phase;
    for (const LedgerRecord::Inherited& entry : ledger.inherited) {
      text += " + " + entry.phase + " into " + entry.into;
    }
    return text;
  }
};

TEST_F(AncestorTest, ThePhasesThatLedToTheWeightsCountAndNoOthers) {
  EXPECT_EQ(counted("begin"), "3 steps: begin");
  EXPECT_EQ(counted("aside"), "8 steps: begin aside");
  EXPECT_EQ(counted("middle"), "5 steps: begin middle");
  EXPECT_EQ(counted("last"), "6 steps: begin middle last");
  EXPECT_EQ(counted("initial"), "0 steps:");
}

TEST_F(AncestorTest, WhatItInheritedItselfCountsWhereItLedToTheWeights) {
  ran("heir", push("own", "fresh", 4) + push("taken", "fresh", 2, from("elder", "middle")) +
                  push("again", "fresh", 1, ", from: own"));
  EXPECT_EQ(counted("own", "heir"), "4 steps: own");
  EXPECT_EQ(counted("taken", "heir"), "7 steps: taken + middle into taken");
  EXPECT_EQ(counted("again", "heir"), "5 steps: own again");
}

TEST_F(AncestorTest, SaysWhoseWeightsTheyAre) {
  const LedgerRecord::Inherited ledger = ancestor("middle").inherited("learn");
  EXPECT_EQ(ledger.into, "learn");
  EXPECT_EQ(ledger.run, run_folder("elder").string());
  EXPECT_EQ(ledger.phase, "middle");
  EXPECT_EQ(ledger.seed, 0);
  EXPECT_EQ(ledger.pushed_up_steps, 0);
  EXPECT_EQ(failure_of([&] { ancestor("last").require(ledger); }), "");
  LedgerRecord::Inherited other = ledger;
  other.seed = 1;
  EXPECT_THAT(failure_of([&] { ancestor("last").require(other); }),
              HasSubstr("another configuration or seed"));
  other = ledger;
  other.digest = "0123456789abcdef";
  EXPECT_THAT(failure_of([&] { ancestor("last").require(other); }),
              HasSubstr("another configuration or seed"));
}

TEST_F(AncestorTest, APhaseThatItDoesNotHaveIsNamed) {
  EXPECT_EQ(failure_of([] { ancestor("nonsense"); }),
            run_folder("elder").string() + ": this run has no phase 'nonsense'");
}

TEST_F(AncestorTest, AFolderWithoutARunIsNamed) {
  EXPECT_EQ(failure_of([] { ancestor("begin", "nothing"); }),
            run_folder("nothing").string() +
                ": there is no such folder; name the folder of a complete run that kept its "
                "checkpoints");
  std::filesystem::create_directories(run_folder("empty"));
  EXPECT_THAT(failure_of([] { ancestor("begin", "empty"); }),
              StartsWith(run_folder("empty").string() + ": holds no run"));
}

TEST_F(AncestorTest, ARunThatWasAlteredIsRefused) {
  ran("altered", push("begin", "fresh", 1));
  std::ofstream(run_folder("altered") / "ledger.json", std::ios::app) << "\n";
  EXPECT_THAT(failure_of([] { ancestor("begin", "altered"); }), HasSubstr("ledger.json"));
}

// What it did to rows that are protected here.

class Inherited : public AncestorTest {
 protected:
  /// An account of a ledger: of which set behind which prefix, and how often each row was used.
  static LedgerRecord::Account account(const std::string& set, const std::string& prefix,
                                       const std::vector<int64_t>& counts, int64_t pushed_up = 0) {
    LedgerRecord::Account account;
    account.set = set;
    account.prefix = prefix;
    account.pushed_up = pushed_up;
    account.counts = counts;
    return account;
  }
  static LedgerRecord::Column column(Sign sign, double weight = 1) {
    LedgerRecord::Column column;
    column.phase = "begin";
    column.term = "words";
    column.column = "rows";
    column.declared = sign;
    column.weight = weight;
    return column;
  }
  /// Here taught is protected, too.
  static const PhaseAtWork& here() {
    static const PhaseAtWork here(push("learn", "fresh", 1), 0, {},
                                  "task: {type: words, protect: [taught]}\n");
    return here;
  }
};

TEST_F(Inherited, ARowThatReachedALossThereIsFoundUnderItsRoleHere) {
  const ProtectedRows guarded(here().composition, *here().task);
  std::set<std::string> notes;
  Ancestor elder = ancestor("last");
  const auto found = [&](const LedgerRecord::Account& account) -> std::string {
    const auto shared = elder.find_protected(guarded, column(Sign::both), account, notes);
    if (!shared) return "none";
    return std::to_string(shared->index) + " of " + shared->owner->rows.name();
  };
  EXPECT_EQ(found(account("taught", "near", {0, 0, 2, 1, 0, 0})), "2 of taught");
  EXPECT_EQ(found(account("taught", "near", {0, 0, 0, 0, 0, 0})), "none") << "no row was used";
  EXPECT_EQ(found(account("secret", "near", {0, 0, 0, 1})), "3 of secret");
  EXPECT_EQ(found(account("taught", "near", {})), "0 of taught") << "nobody says which";
  EXPECT_EQ(found(account("fresh", "near", {})), "none");
  EXPECT_EQ(found(account("nonsense", "near", {1})), "none");
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_THAT(failure_of([&] { found(account("taught", "near", {1})); }),
              HasSubstr("are of another set"));
}

TEST_F(Inherited, RowsThatThePolicyMadeThereAreNotComparedUnlessThatRunWatchedForAllOfThem) {
  const PhaseAtWork as_there(push("learn", "fresh", 1));
  const auto said = [](const PhaseAtWork& heir, int64_t pushed_up) {
    std::set<std::string> notes;
    ancestor("last").find_protected(ProtectedRows(heir.composition, *heir.task), column(Sign::both),
                                    account(kSampled, "near", {}, pushed_up), notes);
    return notes;
  };
  EXPECT_THAT(said(here(), 3),
              ElementsAre("the rows that phase 'begin' of " + run_folder("elder").string() +
                          " sampled, 3 of which it pushed up, could not be compared with those "
                          "that may never be pushed up: no run keeps them, and that one did not "
                          "watch for all of these"));
  EXPECT_THAT(said(here(), 0), IsEmpty());
  EXPECT_THAT(said(as_there, 3), IsEmpty());
}

TEST_F(Inherited, FreshRowsAreMadeAgainAndComparedUnlessThatRunWatchedForAllOfThem) {
  // A secret of one token, of which there are ten: among twenty fresh rows are those of any set.
  script().row = [](const RowRequest& request) {
    Row row = Script().row(request);
    row.tokens = {9, 9, 9, 9, 0};
    row.secret.begin = row.secret.end - 1;
    return row;
  };
  ran("short", push("begin", "fresh", 5));
  const std::string learn = push("learn", "fresh", 1, from("short", "begin"));
  EXPECT_THAT(run(composed(learn, "task: {type: words, protect: [taught]}\n"), "young").failure,
              AllOf(HasSubstr("phases.learn.from: row "),
                    HasSubstr(" of set 'fresh', pushed up in phase 'begin' of " +
                              run_folder("short").string() + ", is in set '")));
  EXPECT_EQ(run(composed(learn), "young").failure, "") << "its own ledger judged its steps";
}

TEST_F(Inherited, FreshRowsOfWhichNobodyKnowsTheTermAreNotComparedAndThatIsSaid) {
  std::set<std::string> notes;
  LedgerRecord::Column unknown = column(Sign::positive);
  unknown.term = "nonsense";
  const ProtectedRows guarded(here().composition, *here().task);
  EXPECT_FALSE(
      ancestor("last").find_protected(guarded, unknown, account("fresh", "near", {}), notes));
  EXPECT_THAT(
      notes,
      ElementsAre(HasSubstr("of the fresh rows of set 'fresh' behind prefix 'near' that term "
                            "'nonsense' in phase 'begin' of " +
                            run_folder("elder").string() + " trained on, none were compared")));
}

TEST_F(Inherited, APushUpIsWhatWasDeclaredOrWhatWasMeasuredOfRowsThatNobodyWatched) {
  const Ancestor elder = ancestor("last");
  const auto pushed_up = [&](const LedgerRecord::Column& column,
                             const LedgerRecord::Account& account) {
    return elder.pushed_up(column, account);
  };
  const LedgerRecord::Account unmoved = account("taught", "near", {}, 0),
                              moved = account("taught", "near", {}, 3),
                              watched = account("secret", "near", {}, 3);
  EXPECT_TRUE(pushed_up(column(Sign::positive), unmoved));
  EXPECT_TRUE(pushed_up(column(Sign::both), unmoved));
  EXPECT_FALSE(pushed_up(column(Sign::negative), unmoved));
  EXPECT_TRUE(pushed_up(column(Sign::negative), moved)) << "measured";
  EXPECT_FALSE(pushed_up(column(Sign::negative), watched)) << "its own ledger judged its steps";
  EXPECT_FALSE(pushed_up(column(Sign::positive, 0), unmoved)) << "it was only looked at";
}

TEST_F(Inherited, ARunThatStartsBehindAPushUpOfWhatItProtectsIsRefused) {
  const auto said = [](const std::string& phase) {
    return run(composed(push("learn", "fresh", 1, from("elder", phase)),
                        "task: {type: words, protect: [taught]}\n"),
               "young")
        .failure;
  };
  EXPECT_EQ(said("begin"), "") << "taught came later";
  EXPECT_EQ(said("aside"), "");
  for (const char* phase : {"middle", "last"}) {
    EXPECT_THAT(said(phase), HasSubstr("row 0 of set 'taught', pushed up in phase 'middle' of " +
                                       run_folder("elder").string() + ", is in set 'taught' here"));
  }
}

TEST_F(Inherited, OverSeveralRunsToo) {
  ran("between", push("learn", "fresh", 1, from("elder", "middle")));
  EXPECT_THAT(run(composed(push("learn", "fresh", 1, from("between", "learn")),
                           "task: {type: words, protect: [taught]}\n"),
                  "young")
                  .failure,
              HasSubstr("pushed up in phase 'middle' of " + run_folder("elder").string()));
}

TEST_F(Inherited, ItsStepsAreStepsOfTheRunThatStartsThere) {
  const Ran young = run(composed(push("learn", "fresh", 2, from("elder", "last"))), "young");
  ASSERT_EQ(young.failure, "");
  EXPECT_EQ(young.result.at("ledger").integer("inherited_steps"), 6);
  EXPECT_EQ(young.result.at("ledger").integer("steps"), 8);
}

}  // namespace
}  // namespace leakprobe::run_test
