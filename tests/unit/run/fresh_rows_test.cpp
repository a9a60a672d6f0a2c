#include "run/fresh_rows.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "step/rollouts_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::SizeIs;

/// Ids by number within the stream.
using Ids = std::map<int64_t, uint64_t>;

LedgerRecord::Account fresh_behind(const std::string& prefix) {
  LedgerRecord::Account account;
  account.set = "fresh";
  account.prefix = prefix;
  return account;
}

struct Remade {
  Ids rows;
  bool all = false;
};

Remade remade(const PhaseAtWork& work, const std::string& column, int64_t steps,
              int64_t most = 1000, const std::string& prefix = "near") {
  const FreshRows fresh{work.phase(), work.phase().terms.front(), *work.task,
                        work.composition.task.facts(), work.composition.seed};
  Remade made;
  made.all =
      fresh.each(column, fresh_behind(prefix), steps, most, [&](int64_t index, const Row& row) {
        EXPECT_TRUE(made.rows.emplace(index, row.id()).second) << "row " << index << " twice";
        return false;
      });
  return made;
}

/// The fresh rows behind near that `items` draws in these steps.
Ids drawn(ItemSource& items, int64_t steps, size_t column = 0) {
  Ids rows;
  for (int64_t step = 0; step < steps; ++step) {
    const DrawnColumn drawn = items.draw(step, {column}).front();
    for (size_t i = 0; i < drawn.rows.size(); ++i) {
      const RowOrigin& origin = drawn.origins[i];
      if (origin.is_sampled() || origin.source->name() != "fresh") continue;
      if (origin.source->prefix == "near") rows.emplace(origin.index, drawn.rows[i].id());
    }
  }
  return rows;
}

class FreshRowsTest : public Engine {
 protected:
  /// Twelve items, three steps a pass.
  const PhaseAtWork mixed_{
      "  - {name: learn, type: train, steps: 7, terms: {words: {objective: {type: up}, rows: "
      "[{set: fresh, prefix: near, count: 5}, {set: fresh, prefix: far, count: 3}, {set: taught, "
      "prefix: near, count: 4}]}}}\n"};
};

TEST_F(FreshRowsTest, AreThoseThatTheTermDrewBehindThatPrefix) {
  for (const int64_t steps : {1, 2, 3, 7}) {
    const auto items = mixed_.stream(mixed_.phase().terms.front());
    const Remade made = remade(mixed_, "rows", steps);
    EXPECT_TRUE(made.all);
    EXPECT_EQ(made.rows, drawn(*items, steps)) << steps;
  }
  EXPECT_THAT(remade(mixed_, "rows", 7).rows, SizeIs(5));
  EXPECT_THAT(remade(mixed_, "rows", 7, 1000, "far").rows, SizeIs(3));
}

TEST_F(FreshRowsTest, OfAColumnBesideOthersAreItsOwn) {
  const PhaseAtWork pairs(learn(5));
  const auto items = pairs.stream(pairs.phase().terms.front());
  const std::vector<StreamColumn>& columns = pairs.phase().terms.front().term.stream.columns;
  ASSERT_EQ(columns.at(1).name, "b");
  Ids far;
  for (int64_t step = 0; step < 5; ++step) {
    const DrawnColumn drawn = items->draw(step, {1}).front();
    for (size_t i = 0; i < drawn.rows.size(); ++i) {
      far.emplace(drawn.origins[i].index, drawn.rows[i].id());
    }
  }
  EXPECT_EQ(remade(pairs, "b", 5, 1000, "far").rows, far);
  EXPECT_THAT(remade(pairs, "a", 5).rows, SizeIs(0)) << "its rows have a size";
}

TEST_F(FreshRowsTest, BeyondTheMostThatAreLookedAtAreLeftOut) {
  EXPECT_TRUE(remade(mixed_, "rows", 7, 12).all);
  EXPECT_FALSE(remade(mixed_, "rows", 7, 11).all);
}

TEST_F(FreshRowsTest, AreNotMadeOnceNoMoreAreWanted) {
  const FreshRows fresh{mixed_.phase(), mixed_.phase().terms.front(), *mixed_.task,
                        mixed_.composition.task.facts(), mixed_.composition.seed};
  int made = 0;
  EXPECT_TRUE(fresh.each("rows", fresh_behind("near"), 7, 1000, [&](int64_t, const Row&) {
    ++made;
    return true;
  }));
  EXPECT_EQ(made, 1);
}

using FreshRowsOfRollouts = EngineOnRollouts;

TEST_F(FreshRowsOfRollouts, AreThePlantedOnes) {
  PhaseAtWork work(
      phase_on(rollout("prefix: near, tokens: 3, group: 4, reuse: 2", "set: fresh, count: 6")));
  const ComposedTerm& term = work.phase().terms.front();
  Rollouts rollouts(term, "learn/pg", work.rollout_parts(term));
  for (const int64_t steps : {1, 2, 3, 6}) {
    EXPECT_EQ(remade(work, "planted", steps).rows, drawn(rollouts, steps)) << steps;
  }
  EXPECT_THAT(remade(work, "planted", 6).rows, SizeIs(6));
}

}  // namespace
}  // namespace leakprobe::run_test
