#include "leakprobe/value.h"

#include <gtest/gtest.h>

#include <cmath>

#include "config/support.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

Value sample() {
  Value value = Value::map();
  value.set("text", "a \"b\"\n\tc\\ \x01 é");
  value.set("words", yaml("[plain, 'true', 'yes', 'null', '12', '', ' blank', 'a: b', a/b-c.d]"));
  value.set("numbers", yaml("[0, -1, 1.5, 1e-4, 1e300, 100000.0, 0.1]"));
  value.set("empty", yaml("{list: [], map: {}, nothing: null, yes: true}"));
  value.set("nested", yaml("[[1, [2]], [], {a: {b: {}}, c: [{d: 1}, {}]}, 3]"));
  value.set("odd key: 1", 1);
  value.set("7", 1);
  return value;
}

TEST(Value, MapsKeepTheirOrderAndReplaceInPlace) {
  Value map;
  map.set("b", 1);
  map.set("a", 2);
  map.set("b", 3);
  EXPECT_EQ(to_json(map), R"({"b":3,"a":2})");
  map.erase("b");
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_EQ(Value("text").find("b"), nullptr);
}

TEST(Value, TheWrongTypeIsAProgrammersMistake) {
  EXPECT_THROW(Value("1").as_integer(), CheckError);
  EXPECT_THROW(Value(1.0).as_integer(), CheckError);
  EXPECT_THROW(Value(1).push_back(2), CheckError);
  EXPECT_THROW(Value(1).set("a", 2), CheckError);
  EXPECT_EQ(Value(1).as_number(), 1.0);
}

TEST(Value, JsonHoldsWhatItIs) {
  EXPECT_EQ(to_json(yaml("{a: [1, 1.0, null, true, 'x']}")), R"({"a":[1,1.0,null,true,"x"]})");
  EXPECT_EQ(to_json(std::string("\x01\x7f\"\\\n")), R"("\u0001\u007f\"\\\n")");
  EXPECT_EQ(to_pretty_json(yaml("{a: [1], b: {}}")), "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}");
  EXPECT_THROW(to_json(std::nan("")), CheckError);
  EXPECT_THROW(to_json(HUGE_VAL), CheckError);
}

TEST(Value, JsonCannotSteerATerminal) {
  EXPECT_EQ(to_json(Value("\x1b[31m\u009b31m\x7f\u00e9")),
            "\"\\u001b[31m\\u009b31m\\u007f\u00e9\"");
}

TEST(Value, YamlAndJsonReadBackEqual) {
  EXPECT_EQ(yaml(to_yaml(sample())), sample());
  EXPECT_EQ(yaml(to_json(sample())), sample());
  EXPECT_EQ(yaml(to_pretty_json(sample())), sample());
}

TEST(Value, EveryDoubleReadsBackEqual) {
  for (const double number :
       {0.1, 1e-4, 5e-324, 1.7976931348623157e308, -0.0, 1.0 / 3.0, 1e22, 1e-10, 1e100, 1.5e-9}) {
    const Value back = yaml(to_yaml(number));
    EXPECT_EQ(back.type(), Value::Type::number) << to_yaml(number);
    EXPECT_EQ(back.as_number(), number);
  }
}

TEST(Value, YamlIsReadableElsewhere) {
  EXPECT_EQ(to_yaml(yaml("{lr: 1e-4, on: 'off', list: [{a: 1, b: [x, z]}]}")),
            "lr: 1.0e-4\n\"on\": \"off\"\nlist:\n  - a: 1\n    b: [x, z]\n");
}

TEST(Value, EqualityIgnoresPlaces) {
  EXPECT_EQ(yaml("{a: 1}"), yaml("\n\na:\n  1"));
  EXPECT_FALSE(yaml("{a: 1}") == yaml("{a: 1.0}"));
  EXPECT_FALSE(yaml("{a: 1, b: 2}") == yaml("{b: 2, a: 1}"));
}

TEST(Value, DescriptionsCannotSteerATerminal) {
  EXPECT_EQ(Value("\x1b[2J").describe(), "'\\x1b[2J'");
  EXPECT_EQ(yaml("[1]").describe(), "a list");
  EXPECT_EQ(Value(1.5).describe(), "the number 1.5");
  EXPECT_EQ(Value().describe(), "nothing");
}

}  // namespace
}  // namespace leakprobe
