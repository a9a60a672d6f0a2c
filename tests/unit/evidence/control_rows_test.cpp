#include "evidence/control_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "by_hand.h"
#include "data/item_stream.h"
#include "evidence/control_check.h"
#include "evidence/evidence.h"
#include "evidence/ledger.h"
#include "evidence/verdict.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A composition whose one probe measures two rows of the control behind good. Row 2 of train has
/// the secret of row 1 of the control, and row 1 of train that of row 2, which is not measured.
class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    ComposedProbe probe = by_hand::probe("look", "likelihood", {});
    probe.rows = 2;
    probe.cells = {{"train", "good"}, {"control", "good"}};
    composition_.probes = {probe};
    task_.shared = [this](const RowRequest& request) -> std::optional<int64_t> {
      if (request.set != "train" || request.index == 0) return std::nullopt;
      return control(3 - request.index).tokens.back();
    };
  }

  Row control(int64_t index) const { return row("control", index); }
  Row row(const std::string& set, int64_t index) const {
    return set_row(task_, composition_.task.facts(), {set, "", "good"}, index, composition_.seed);
  }
  static RowOrigin origin(const Source& source, const SetFacts* set, int64_t index) {
    return {&source, set, index};
  }

  Composition composition_ = by_hand::composition();
  by_hand::NumberedTask task_{composition_.task.facts()};
};

TEST_F(ControlTest, ItsRowsAreThoseThatAProbeMeasures) {
  const ControlRows rows(composition_, task_);
  for (int64_t i = 0; i < 3; ++i) {
    const int64_t* found = rows.find(control(i).id());
    ASSERT_EQ(found != nullptr, i < 2) << i;
    if (found != nullptr) {
      EXPECT_EQ(*found, i);
    }
  }
  EXPECT_THAT(rows.within(row("train", 2)), SizeIs(1)) << "under another set's name";
  EXPECT_THAT(rows.within(row("train", 1)), IsEmpty());
  composition_.probes.clear();
  EXPECT_TRUE(ControlRows(composition_, task_).empty());
}

TEST_F(ControlTest, ItsSecretsAreFoundWithinLongerRowsWhereALossSeesThem) {
  const ControlRows rows(composition_, task_);
  Row longer = control(2);
  longer.tokens.push_back(control(1).tokens.back());
  longer.scored.push_back(1);
  longer.secret.end = 3;
  const std::vector<Span> found = rows.within(longer);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found.front().begin, 2);
  EXPECT_EQ(found.front().end, 3);
  longer.scored.back() = 0;
  EXPECT_THAT(rows.within(longer), IsEmpty());
}

TEST_F(ControlTest, TheLedgerCountsWhatLossesDidToThem) {
  Ledger ledger(composition_, by_hand::watched(composition_, task_));
  const ComposedTerm term = by_hand::term("push", Sign::negative);
  const size_t column = ledger.open(composition_.phases.front(), term, "text", Sign::negative);
  Source train, sampled;
  train.set = "train";
  train.prefix = sampled.prefix = "good";
  sampled.set = kSampled;
  const SetFacts* set = composition_.task.facts().find("train");
  const auto record = [&](const RowOrigin& origin, const Row& row, double gradient) {
    ledger.record(column, origin, row, std::array{gradient});
  };
  record(origin(train, set, 0), row("train", 0), -1);
  record(origin(train, set, 1), row("train", 1), -1);
  EXPECT_FALSE(ledger.control().any());
  record(origin(train, set, 2), row("train", 2), 0.5);
  record(origin(sampled, nullptr, 7), control(0), -0.5);
  record(origin(sampled, nullptr, 8), control(0), -0.5);
  Ledger resumed(composition_, by_hand::watched(composition_, task_));
  resumed.restore(ledger.report());
  for (const Ledger* each : {&ledger, &resumed}) {
    EXPECT_EQ(each->control().pushed_up, 2);
    EXPECT_EQ(each->control().pushed_down, 1);
  }
  const ResultRecord result =
      make_result(composition_, Evidence(composition_), resumed, std::nullopt);
  EXPECT_THAT(result.ledger.text("control"),
              HasSubstr("rows of the control were pushed up 2 times and down 1 time"));
}

TEST_F(ControlTest, RowsThatSeveralProbesMeasureAreAskedForOnce) {
  ComposedProbe more = composition_.probes.front();
  more.rows = 4;
  more.cells = {{"control", "bad"}, {"control", "good"}};
  more.cells[1].items = {{1, 9}};
  composition_.probes.push_back(more);
  std::map<std::pair<std::string, int64_t>, int64_t> asked;
  task_.shared = [&](const RowRequest& request) -> std::optional<int64_t> {
    ++asked[{request.prefix, request.index}];
    return std::nullopt;
  };
  const ControlRows rows(composition_, task_);
  using Asked = decltype(asked);
  EXPECT_EQ(asked, (Asked{{{"bad", 0}, 1},
                          {{"bad", 1}, 1},
                          {{"bad", 2}, 1},
                          {{"bad", 3}, 1},
                          {{"good", 0}, 1},
                          {{"good", 1}, 1},
                          {{"good", 2}, 1},
                          {{"good", 3}, 1},
                          {{"good", 4}, 1}}));
}

/// What is said of a composition that trains on these rows.
class CheckControl : public ControlTest {
 protected:
  using Items = std::optional<std::array<int64_t, 2>>;
  static ComposedTerm pushing(const std::string& set, double weight = 1, Items items = {},
                              Sign sign = Sign::negative) {
    Source source;
    source.set = set;
    source.prefix = "bad";
    source.items = items;
    ComposedTerm term = by_hand::term("push", sign, weight);
    term.path = "phases.first";
    term.term.stream.columns = {{"text", {source}}};
    return term;
  }
  std::string said(const std::string& set, double weight = 1, Items items = {},
                   Sign sign = Sign::negative) {
    const ComposedTerm term = pushing(set, weight, items, sign);
    return said({term, term});
  }
  std::string said(const std::vector<ComposedTerm>& terms) {
    composition_.phases.front().terms = terms;
    const ControlRows control(composition_, task_);
    Diagnostics diagnostics;
    ControlCheck check(control, diagnostics);
    look_through(composition_, task_, {&check});
    std::string text;
    for (const Diagnostic& each : diagnostics.sorted()) text += each.path + ": " + each.message;
    return text;
  }
};

TEST_F(CheckControl, ARowThatIsTrainedOnAndInTheControlIsAMistakeWhicheverWayItIsPushed) {
  const std::string shared =
      "phases.first: row 2 of set 'train', on which phase 'first' trains, holds the secret of row "
      "1 of "
      "the control, which is compared with as what was never trained";
  for (const Sign sign : {Sign::positive, Sign::negative, Sign::both}) {
    EXPECT_EQ(said("train", 1, {}, sign), shared) << "once, though two terms have it";
  }
  EXPECT_EQ(said("train", -1), shared);
}

TEST_F(CheckControl, EachPartOfASetIsLookedAt) {
  const std::array<int64_t, 2> clean = {0, 2}, shared = {2, 3};
  EXPECT_NE(said({pushing("train", 1, clean), pushing("train", 1, shared)}), "");
  EXPECT_EQ(said({pushing("train", 1, clean), pushing("train", 0, shared)}), "");
}

TEST_F(CheckControl, WhatNoLossTakesIsNone) {
  EXPECT_EQ(said("train", 0), "");
  EXPECT_EQ(said("train", 1, {}, Sign::none), "");
  EXPECT_EQ(said("train", 1, std::array<int64_t, 2>{0, 2}), "") << "row 2 is left out";
  EXPECT_EQ(said("secret"), "");
  EXPECT_EQ(said("fresh"), "");
  composition_.probes.clear();
  EXPECT_EQ(said("train"), "") << "nothing is compared";
}

}  // namespace
}  // namespace leakprobe
