#include "leakprobe/rows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "leakprobe/error.h"
#include "leakprobe/measure.h"
#include "leakprobe/objective.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"

namespace leakprobe {
namespace {

TEST(Row, TheSameSecretIsTheSameRowWhereverItStands) {
  Row bare{{7, 8, 9}, {0, 1, 1}, {0, 3}, {}};
  Row carried{{1, 2, 7, 8, 9, 3}, {0, 1, 1, 1, 0, 0}, {2, 5}, {}};
  Row other{{7, 8, 10}, {0, 1, 1}, {0, 3}, {}};
  EXPECT_EQ(bare.id(), carried.id());
  EXPECT_NE(bare.id(), other.id());
  EXPECT_NE(bare.id(), (Row{{7, 8, 9}, {0, 1, 1}, {0, 2}, {}}).id());
}

TEST(Row, ASecretOutsideOfTheTokensIsAMistake) {
  EXPECT_THROW((Row{{1, 2}, {0, 1}, {0, 3}, {}}).id(), CheckError);
  EXPECT_THROW((Row{{1, 2}, {0, 1}, {-1, 1}, {}}).id(), CheckError);
  EXPECT_THROW((Row{{1, 2}, {0, 1}, {2, 1}, {}}).id(), CheckError);
}

TEST(Role, SaysBehindWhichPrefixesARowMayNotBePushedUp) {
  const Role ordinary{};
  const Role never{Role::Kind::never_positive, {}};
  const Role behind_good{Role::Kind::never_positive, {"good"}};
  const Role control{Role::Kind::control, {}};
  EXPECT_FALSE(ordinary.forbids_positive("good"));
  EXPECT_TRUE(never.forbids_positive("good"));
  EXPECT_TRUE(never.forbids_positive(kNoPrefix));
  EXPECT_TRUE(behind_good.forbids_positive("good"));
  EXPECT_FALSE(behind_good.forbids_positive("bad"));
  EXPECT_FALSE(behind_good.forbids_positive(kNoPrefix));
  EXPECT_TRUE(control.forbids_positive("good"));
}

TEST(TaskFacts, FindsSetsAndTheControl) {
  TaskFacts facts;
  facts.sets = {{"useful", 10, {}, {}, ""}, {"c", 5, {Role::Kind::control, {}}, {}, ""}};
  EXPECT_EQ(facts.find("useful")->size, 10);
  EXPECT_EQ(facts.find("none"), nullptr);
  EXPECT_EQ(facts.control()->name, "c");
  EXPECT_EQ(TaskFacts{}.control(), nullptr);
}

TEST(Stream, IsWrittenAsAFileSaysIt) {
  Source source;
  source.set = "train";
  source.column = "rejected";
  source.prefix = "good";
  source.repeat = 3;
  source.items = {0, 64};
  Stream stream;
  stream.columns = {{kRowsColumn, {source}}};
  const std::string one = R"({"set":"train.rejected","prefix":"good","repeat":3,"items":[0,64]})";
  EXPECT_EQ(to_json(to_value(stream)), "[" + one + "]");
  stream.order = Stream::Order::given;
  EXPECT_EQ(to_json(to_value(stream)), R"({"rows":[)" + one + R"(],"order":"given"})");
  stream.columns = {{"chosen", {source}}, {"rejected", {source}}};
  stream.order = Stream::Order::shuffled;
  EXPECT_EQ(to_json(to_value(stream)), R"({"chosen":[)" + one + R"(],"rejected":[)" + one + "]}");
  stream.name = "pairs";
  EXPECT_EQ(to_json(to_value(stream)), R"("pairs")");
  EXPECT_NE(stream.find("chosen"), nullptr);
  EXPECT_EQ(stream.find("rows"), nullptr);
}

TEST(Columns, SumsAreOverScoredTokens) {
  ColumnBatch batch;
  batch.policy = torch::tensor({{-1.0f, -2.0f}, {-3.0f, 0.0f}});
  batch.mask = torch::tensor({{1.0f, 1.0f}, {1.0f, 0.0f}});
  const Columns columns({{"rows", batch}});
  EXPECT_TRUE(torch::equal(columns.at("rows").policy_sum(), torch::tensor({-3.0f, -3.0f})));
  EXPECT_TRUE(torch::equal(columns.at("rows").lengths(), torch::tensor({2.0f, 1.0f})));
  EXPECT_EQ(columns.items(), 2);
  EXPECT_THROW(columns.at("chosen"), CheckError);
  EXPECT_THROW(columns.at("rows").reference_sum(), CheckError);
}

TEST(Columns, ARowWithoutScoredTokensCanBeDividedBy) {
  ColumnBatch batch;
  batch.policy = batch.mask = torch::zeros({1, 2});
  EXPECT_EQ(batch.lengths().item<float>(), 1.0f);
}

TEST(Bound, HoldsAndIsWritten) {
  EXPECT_TRUE((Bound{Bound::Kind::above, 1.0}).holds(1.5));
  EXPECT_FALSE((Bound{Bound::Kind::above, 1.0}).holds(1.0));
  EXPECT_TRUE((Bound{Bound::Kind::below, -1.0}).holds(-1.5));
  EXPECT_TRUE((Bound{Bound::Kind::within, 0.1}).holds(-0.1));
  EXPECT_FALSE((Bound{Bound::Kind::within, 0.1}).holds(-0.2));
  EXPECT_EQ((Bound{Bound::Kind::above, 1.0}).text(), "above 1");
  EXPECT_EQ((Bound{Bound::Kind::within, 1e-4}).text(), "within 1e-4");
}

TEST(Bound, NotANumberFails) {
  for (const auto kind : {Bound::Kind::above, Bound::Kind::below, Bound::Kind::within}) {
    EXPECT_FALSE((Bound{kind, 1.0}).holds(std::nan("")));
  }
}

}  // namespace
}  // namespace leakprobe
