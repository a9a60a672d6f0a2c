#include "data/item_stream.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace leakprobe {
namespace {

/// Rows that say where they come from: {prefix, index, first random number}.
class TellingTask final : public Task {
 public:
  Row row(const RowRequest& request, Random random) const override {
    Row row;
    row.tokens = {request.prefix == "regular" ? 1 : 0, request.index,
                  static_cast<int64_t>(random.below(1'000'000'000))};
    row.scored = {0, 1, 1};
    row.secret = {1, 3};
    return row;
  }
};

TaskFacts facts() {
  TaskFacts facts;
  facts.sets = {{"random", std::nullopt, {}, {}, "letters"},
                {"useful", 5, {}, {}, "letters"},
                {"held_out", 2, {Role::Kind::never_positive, {}}, {}, "letters"}};
  facts.prefixes = {"regular", "reverse"};
  return facts;
}

Source source(const std::string& set, std::optional<int64_t> repeat = {}) {
  Source source;
  source.set = set;
  source.prefix = "regular";
  source.repeat = repeat;
  return source;
}

ComposedTerm pairs(int64_t batch) {
  ComposedTerm term;
  term.term.name = "dpo";
  term.term.stream.name = "pairs";
  term.term.stream.columns = {{"chosen", {source("random")}},
                              {"rejected", {source("useful", 3), source("held_out", 3)}}};
  term.batch = batch;
  term.items = 21;
  term.finite = true;
  return term;
}

const TellingTask kTask;
const TaskFacts kFacts = facts();

TEST(ItemStream, OnePassVisitsEachCopyOfEachRowOnceAndTheLastBatchIsSmaller) {
  const ComposedTerm term = pairs(4);
  ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  ASSERT_EQ(stream.steps_per_pass(), 6);
  std::map<std::pair<std::string, int64_t>, int> seen;
  for (int64_t step = 0; step < 6; ++step) {
    const auto batch = stream.batch(step);
    EXPECT_EQ(batch.size(), step < 5 ? 4U : 1U);
    for (const int64_t item : batch) {
      const RowOrigin origin = stream.origin(1, item);
      ++seen[{origin.set->name, origin.index}];
    }
  }
  EXPECT_EQ(seen.size(), 7U);
  for (const auto& [row, times] : seen) EXPECT_EQ(times, 3) << row.first << row.second;
}

TEST(ItemStream, PhasesThatShareAStreamSeeTheSamePairsInDifferentOrders) {
  const ComposedTerm term = pairs(21);
  ItemStream suppress(term, "suppress/dpo", kTask, kFacts, 7);
  ItemStream elicit(term, "elicit/dpo", kTask, kFacts, 7);
  EXPECT_NE(suppress.batch(0), elicit.batch(0));
  for (int64_t item = 0; item < 21; ++item) {
    EXPECT_EQ(suppress.row(0, item).tokens, elicit.row(0, item).tokens);
    EXPECT_EQ(suppress.row(1, item).tokens, elicit.row(1, item).tokens);
  }
}

TEST(ItemStream, EveryCopyIsTiedToAFreshRowOfItsOwn) {
  const ComposedTerm term = pairs(21);
  const ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  std::set<std::vector<int64_t>> chosen;
  for (int64_t item = 0; item < 21; ++item) chosen.insert(stream.row(0, item).tokens);
  EXPECT_EQ(chosen.size(), 21U);
}

TEST(ItemStream, AFixedSetWithoutRepeatIsRepeatedEvenlyUpToTheLength) {
  ComposedTerm term;
  term.term.name = "useful";
  term.term.stream.columns = {{kRowsColumn, {source("useful")}}};
  term.batch = 12;
  term.items = 12;
  ItemStream stream(term, "elicit/useful", kTask, kFacts, 7);
  std::map<int64_t, int> seen;
  for (const int64_t item : stream.batch(0)) ++seen[stream.origin(0, item).index];
  EXPECT_EQ(seen, (std::map<int64_t, int>{{0, 3}, {1, 3}, {2, 2}, {3, 2}, {4, 2}}));
}

TEST(ItemStream, ASecondPassHasTheSameItemsInANewOrder) {
  const ComposedTerm term = pairs(21);
  ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  auto first = stream.batch(0);
  auto second = stream.batch(1);
  EXPECT_NE(first, second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
}

TEST(ItemStream, OrderGivenKeepsTheOrder) {
  ComposedTerm term = pairs(5);
  term.term.stream.order = Stream::Order::given;
  ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  EXPECT_EQ(stream.batch(1), (std::vector<int64_t>{5, 6, 7, 8, 9}));
}

TEST(ItemStream, APartOfASetGivesOnlyItsRows) {
  ComposedTerm term;
  term.term.name = "relearn";
  Source part = source("useful", 2);
  part.items = {1, 3};
  term.term.stream.columns = {{kRowsColumn, {part}}};
  term.batch = 4;
  term.items = 4;
  const ItemStream stream(term, "relearn/rows", kTask, kFacts, 7);
  std::multiset<int64_t> seen;
  for (int64_t item = 0; item < 4; ++item) seen.insert(stream.origin(0, item).index);
  EXPECT_EQ(seen, (std::multiset<int64_t>{1, 1, 2, 2}));
}

TEST(ItemStream, ARowsContentDoesNotDependOnTheStreamThatAsksForIt) {
  const ComposedTerm term = pairs(21);
  const ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  const RowOrigin origin = stream.origin(1, 2);
  const Row probed = set_row(kTask, kFacts, {"useful", "", "regular"}, origin.index, 7);
  EXPECT_EQ(stream.row(1, 2).tokens, probed.tokens);
}

/// The tokens of all rows of a step.
std::vector<std::vector<int64_t>> drawn(ItemStream& stream, int64_t step) {
  std::vector<std::vector<int64_t>> rows;
  for (const DrawnColumn& column : stream.draw(step, {0, 1})) {
    for (const Row& row : column.rows) rows.push_back(row.tokens);
  }
  return rows;
}

TEST(ItemStream, GoesOnInTheMiddleOfAPassAsIfItHadGoneThere) {
  const ComposedTerm term = pairs(4);
  ItemStream undisturbed(term, "suppress/dpo", kTask, kFacts, 7);
  std::vector<std::vector<std::vector<int64_t>>> steps;
  for (int64_t step = 0; step < 14; ++step) steps.push_back(drawn(undisturbed, step));
  for (int64_t from = 0; from < 14; ++from) {
    ItemStream resumed(term, "suppress/dpo", kTask, kFacts, 7);
    for (int64_t step = from; step < 14; ++step) {
      EXPECT_EQ(drawn(resumed, step), steps[static_cast<size_t>(step)]) << from << " to " << step;
    }
  }
}

TEST(ItemStream, HasAnotherOrderAndOtherFreshRowsUnderAnotherSeed) {
  const ComposedTerm term = pairs(21);
  ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  ItemStream other(term, "suppress/dpo", kTask, kFacts, 8);
  EXPECT_NE(stream.batch(0), other.batch(0));
  EXPECT_NE(stream.row(0, 3).tokens, other.row(0, 3).tokens);
}

TEST(ItemStream, GivesTheColumnsThatAreAskedForInThatOrder) {
  const ComposedTerm term = pairs(4);
  ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  const std::vector<DrawnColumn> both = stream.draw(1, {0, 1}), turned = stream.draw(1, {1, 0}),
                                 one = stream.draw(1, {1});
  ASSERT_EQ(one.size(), 1U);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(turned[0].rows[i].tokens, both[1].rows[i].tokens);
    EXPECT_EQ(turned[1].rows[i].tokens, both[0].rows[i].tokens);
    EXPECT_EQ(one[0].rows[i].tokens, both[1].rows[i].tokens);
    EXPECT_EQ(one[0].origins[i].index, both[1].origins[i].index);
    EXPECT_EQ(one[0].rows[i].tokens[1], one[0].origins[i].index) << "the row is that of its origin";
  }
}

TEST(ItemStream, LaysTheSourcesOfAColumnEndToEnd) {
  ComposedTerm term = pairs(21);
  Source counted = source("useful");
  counted.items = {2, 4};
  counted.count = 3;  // of two rows
  term.term.stream.columns[1].sources = {source("held_out", 2), counted};
  term.term.stream.columns[0].sources.front().count = 7;
  term.items = 7;
  const ItemStream stream(term, "suppress/dpo", kTask, kFacts, 7);
  std::string rows;
  for (int64_t item = 0; item < 7; ++item) {
    const RowOrigin origin = stream.origin(1, item);
    rows += origin.set->name + std::to_string(origin.index) + " ";
  }
  EXPECT_EQ(rows, "held_out0 held_out1 held_out0 held_out1 useful2 useful3 useful2 ");
}

}  // namespace
}  // namespace leakprobe
