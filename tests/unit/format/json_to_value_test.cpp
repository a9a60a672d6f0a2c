#include "format/json_to_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "format/support.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

TEST(JsonToValue, IsTheSameTreeWithSortedKeys) {
  const Value value =
      value_of_json(R"({"b":[1,-2,0.5,true,null,"x",{}],"a":{"n":1.0,"l":[]}})", "f.json");
  EXPECT_EQ(to_json(value), R"({"a":{"l":[],"n":1.0},"b":[1,-2,0.5,true,null,"x",{}]})");
}

TEST(JsonToValue, GettersNameFileAndPath) {
  const Value value = value_of_json(R"({"columns":[{},{"sets":[{"rows":"x"}]}]})", "r/ledger.json");
  const Value& set = value.maps("columns")[1].maps("sets")[0];
  EXPECT_EQ(error_of([&] { set.integer("rows"); }),
            "r/ledger.json: columns[1].sets[0].rows: expected an integer, found 'x'");
  EXPECT_EQ(error_of([&] { set.at("prefix"); }),
            "r/ledger.json: columns[1].sets[0].prefix: is missing");
  EXPECT_EQ(error_of([&] { set.fail("is odd"); }), "r/ledger.json: columns[1].sets[0]: is odd");
  EXPECT_EQ(error_of([&] { value.at("steps"); }), "r/ledger.json: steps: is missing");
  EXPECT_EQ(error_of([] { value_of_json("7", "r/ledger.json").at("steps"); }),
            "r/ledger.json: expected a mapping, found the number 7");
}

TEST(JsonToValue, WhatNoInt64HoldsIsAnErrorThatNamesIt) {
  EXPECT_EQ(value_of_json("[9223372036854775807]", "f").as_list()[0].as_integer(),
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(error_of([] { value_of_json(R"({"a":[0,9223372036854775808]})", "f"); }),
            "f: a[1]: expected an integer of at most 9223372036854775807, found "
            "9223372036854775808");
}

TEST(JsonToValue, FilesAreReadUnderTheirPath) {
  const TestFolder folder;
  const auto file = folder.write("x.json", "{\"a\": 3}");
  EXPECT_EQ(read_json(file).integer("a"), 3);
  EXPECT_EQ(error_of([&] { read_json(file).text("a"); }),
            file.string() + ": a: expected text, found the number 3");
  EXPECT_THAT(error_of([&] { read_json(folder.path() / "none.json"); }), HasSubstr("none.json"));
}

}  // namespace
}  // namespace leakprobe
