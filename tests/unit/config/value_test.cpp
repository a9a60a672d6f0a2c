#include "leakprobe/value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

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
  const std::string turned = "a\u202eb\u2066\u200bc\u2028\ufeff";
  EXPECT_EQ(to_json(Value(turned)), R"("a\u202eb\u2066\u200bc\u2028\ufeff")");
  EXPECT_EQ(yaml(to_yaml(yaml(to_json(Value(turned))))), Value(turned));
  EXPECT_EQ(to_json(Value("\xff\x80\xe2\x82\xac\xf0\x9f\x99\x82")),
            "\"\xff\x80\xe2\x82\xac\xf0\x9f\x99\x82\"");
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

std::string said(const std::function<void()>& get) {
  try {
    get();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Value, GettersGiveWhatIsThere) {
  const Value map = yaml(
      "{t: x, b: true, i: 3, n: 0.5, m: {a: 1}, l: [1, x], maps: [{a: 1}], texts: [x, z], "
      "integers: [1, 2], numbers: [1, 0.5], nothing: null}");
  EXPECT_EQ(map.text("t"), "x");
  EXPECT_TRUE(map.boolean("b"));
  EXPECT_EQ(map.integer("i"), 3);
  EXPECT_EQ(map.integer("i", 3, 3), 3);
  EXPECT_EQ(map.number("n"), 0.5);
  EXPECT_EQ(map.number("i"), 3.0);
  EXPECT_EQ(map.mapping("m").integer("a"), 1);
  EXPECT_EQ(map.items("l").size(), 2u);
  EXPECT_EQ(map.maps("maps").front().integer("a"), 1);
  EXPECT_EQ(map.texts("texts"), (std::vector<std::string>{"x", "z"}));
  EXPECT_EQ(map.integers("integers", 1), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(map.numbers("numbers"), (std::vector<double>{1, 0.5}));
  EXPECT_TRUE(map.has("t"));
  EXPECT_FALSE(map.has("nothing"));
  EXPECT_FALSE(map.has("other"));
}

TEST(Value, GettersNamePlaceAndPathOfWhatIsNot) {
  const Value map = yaml("{a: {t: x, l: [1, x]}}", "f.yaml").at("a");
  const std::string at = "f.yaml:1:5: ";
  EXPECT_EQ(said([&] { map.at("q"); }), at + "q: is missing");
  EXPECT_EQ(said([&] { map.integer("t"); }), at + "t: expected an integer, found 'x'");
  EXPECT_EQ(said([&] { map.integer("t", 0); }),
            at + "t: expected an integer of at least 0, found 'x'");
  EXPECT_EQ(said([&] { map.integer("l", 0, 9); }),
            at + "l: expected an integer from 0 to 9, found a list");
  EXPECT_EQ(said([&] { map.number("t"); }), at + "t: expected a number, found 'x'");
  EXPECT_EQ(said([&] { map.boolean("t"); }), at + "t: expected true or false, found 'x'");
  EXPECT_EQ(said([&] { map.text("l"); }), at + "l: expected text, found a list");
  EXPECT_EQ(said([&] { map.items("t"); }), at + "t: expected a list, found 'x'");
  EXPECT_EQ(said([&] { map.mapping("t"); }), at + "t: expected a mapping, found 'x'");
  EXPECT_EQ(said([&] { map.maps("l"); }), at + "l[0]: expected a mapping, found the number 1");
  EXPECT_EQ(said([&] { map.texts("l"); }), at + "l[0]: expected text, found the number 1");
  EXPECT_EQ(said([&] { map.integers("l"); }), at + "l[1]: expected an integer, found 'x'");
  EXPECT_EQ(said([&] { map.numbers("l"); }), at + "l[1]: expected a number, found 'x'");
  EXPECT_EQ(said([&] { map.at("l").at("q"); }), "f.yaml:1:15: expected a mapping, found a list");
  EXPECT_EQ(said([&] { map.fail("t", "is odd"); }), at + "t: is odd");
  EXPECT_EQ(said([&] { map.fail("is odd"); }), "f.yaml:1:5: is odd");
  EXPECT_EQ(said([] { Value::map().at("q"); }), "q: is missing");
  EXPECT_EQ(said([] { Value(3).fail("is odd"); }), "is odd");
}

TEST(Value, DescriptionsCannotSteerATerminal) {
  EXPECT_EQ(Value("\x1b[2J").describe(), "'\\x1b[2J'");
  EXPECT_EQ(yaml("[1]").describe(), "a list");
  EXPECT_EQ(Value(1.5).describe(), "the number 1.5");
  EXPECT_EQ(Value().describe(), "nothing");
}

}  // namespace
}  // namespace leakprobe
