#include "format/json_write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "format/files.h"
#include "support.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

TEST(JsonWrite, CompactAndIndentedText) {
  const OrderedJson value = {
      {"z", 1}, {"a", {true, nullptr, "q\"\n"}}, {"e", OrderedJson::object()}};
  EXPECT_EQ(dump_json(value), R"({"z":1,"a":[true,null,"q\"\n"],"e":{}})");
  EXPECT_EQ(
      dump_json(value, 2),
      "{\n  \"z\": 1,\n  \"a\": [\n    true,\n    null,\n    \"q\\\"\\n\"\n  ],\n  \"e\": {}\n}");
  EXPECT_EQ(dump_json(Json{{"z", 1}, {"a", 2}}), R"({"a":2,"z":1})");
  EXPECT_EQ(dump_json(Json::array(), 2), "[]");
}

TEST(JsonWrite, DoublesAreShortestAndReadBackEqual) {
  EXPECT_EQ(dump_json(Json(0.1)), "0.1");
  EXPECT_EQ(dump_json(Json(1.0)), "1.0");
  EXPECT_EQ(dump_json(Json(-0.0)), "-0.0");
  EXPECT_EQ(dump_json(Json(1e-7)), "1e-07");
  EXPECT_EQ(dump_json(Json(5e-324)), "5e-324");
  EXPECT_EQ(dump_json(Json(std::numeric_limits<uint64_t>::max())), "18446744073709551615");
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    const double number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const JsonValue back = JsonValue::parse(dump_json(Json(number)), "text");
    ASSERT_EQ(std::bit_cast<uint64_t>(back.as_double()), std::bit_cast<uint64_t>(number));
  }
}

TEST(JsonWrite, RefusesWhatJsonCannotHoldAndSaysWhere) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(error_of([&] {
              dump_json(Json{{"gates", {{{"value", nan}}}}});
            }),
            "gates[0].value: cannot be written: it is NaN, which JSON cannot hold");
  EXPECT_THAT(error_of([] { dump_json(Json(-INFINITY)); }), HasSubstr("infinity"));
  EXPECT_EQ(error_of([] {
              dump_json(Json{{"s", "\xff"}});
            }),
            "s: cannot be written: it is a string that is not UTF-8: '\\xff'");
}

TEST(JsonWrite, AFileIsUntouchedWhenItsNewContentIsRefused) {
  const TestFolder folder;
  const auto path = folder.path() / "result.json";
  write_json(path, OrderedJson{{"b", 1}, {"a", 2}});
  EXPECT_EQ(read_file(path), "{\n  \"b\": 1,\n  \"a\": 2\n}\n");
  EXPECT_THAT(error_of([&] {
                write_json(path, OrderedJson{{"v", std::nan("")}});
              }),
              HasSubstr("result.json: v: cannot be written"));
  EXPECT_EQ(JsonValue::read(path).get_int("a"), 2);
}

}  // namespace
}  // namespace leakprobe
