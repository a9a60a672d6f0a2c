#include "format/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace leakprobe {
namespace {

using testing::HasSubstr;

JsonValue parse(std::string_view text) { return JsonValue::parse(text, "config.json"); }

std::string parse_error(std::string_view text, JsonRules limits = {}) {
  return error_of([&] { JsonValue::parse(text, "config.json", limits); });
}

TEST(Json, ReadsEveryTypeExactly) {
  const JsonValue json = parse(
      R"({"i":-3,"big":9223372036854775807,"d":0.1,"e":1e3,"b":true,"s":"\u00e9","n":null,"a":[1,[2]]})");
  EXPECT_EQ(json.get_int("i"), -3);
  EXPECT_EQ(json.get_int("big"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(json.get_double("d"), 0.1);
  EXPECT_EQ(json.get_double("e"), 1000.0);
  EXPECT_EQ(json.get_double("i"), -3.0);
  EXPECT_TRUE(json.get_bool("b"));
  EXPECT_EQ(json.get_string("s"), "\xC3\xA9");
  EXPECT_TRUE(json.at("n").is_null());
  EXPECT_EQ(json.at("a")[1][0].as_int(), 2);
  EXPECT_EQ(json.at("a").size(), 2U);
  EXPECT_EQ(json.keys(), (std::vector<std::string>{"a", "b", "big", "d", "e", "i", "n", "s"}));
}

TEST(Json, ParsedValuesOutliveTheTextAndTheirParents) {
  std::optional<JsonValue> inner;
  {
    const std::string text = R"({"a":{"b":["kept"]}})";
    inner = parse(text).at("a").at("b");
  }
  EXPECT_EQ((*inner)[0].as_string(), "kept");
}

TEST(Json, OptionalMembersMayBeAbsentOrNullButNotOfAnotherType) {
  const JsonValue json = parse(R"({"null":null,"text":"x","int":5})");
  EXPECT_FALSE(json.has("null"));
  EXPECT_FALSE(json.has("absent"));
  EXPECT_TRUE(json.has("text"));
  EXPECT_EQ(json.find_int("null"), std::nullopt);
  EXPECT_EQ(json.find_double("absent"), std::nullopt);
  EXPECT_EQ(json.find_int("int"), 5);
  EXPECT_EQ(json.find_string("text"), "x");
  EXPECT_EQ(error_of([&] { json.find_bool("text"); }),
            "config.json: text: expected true or false, found a string");
}

TEST(Json, ErrorsNameFileAndPath) {
  const JsonValue json =
      parse(R"({"rope_parameters":{"rope_theta":"x"},"a":[{"b.c":1}],"t":true,"o":{}})");
  EXPECT_EQ(error_of([&] { json.at("rope_parameters").get_double("rope_theta"); }),
            "config.json: rope_parameters.rope_theta: expected a number, found a string");
  EXPECT_EQ(error_of([&] { json.at("a")[0].get_string("b.c"); }),
            "config.json: a[0]['b.c']: expected a string, found 1");
  EXPECT_EQ(error_of([&] { json.get_int("t"); }),
            "config.json: t: expected an integer, found true");
  EXPECT_EQ(error_of([&] { json.at("missing"); }), "config.json: has no member 'missing'");
  EXPECT_EQ(error_of([&] { json.at("a").at("x"); }),
            "config.json: a: expected an object, found an array");
  EXPECT_EQ(error_of([&] { json.at("a")[1]; }),
            "config.json: a: has 1 element, and element 1 (counted from 0) is needed");
  EXPECT_EQ(error_of([&] { json.at("o")[0]; }),
            "config.json: o: expected an array, found an object");
  EXPECT_EQ(error_of([&] { json.at("t").size(); }),
            "config.json: t: expected an array or an object, found true");
  EXPECT_EQ(error_of([] { parse("3").as_string(); }), "config.json: expected a string, found 3");
}

TEST(Json, NumbersAreNeverWrappedTruncatedOrRounded) {
  const JsonValue json = parse(
      R"({"f":1.9,"whole":2.0,"u":18446744073709551615,"over":18446744073709551616,"n":-1,"odd":9007199254740993})");
  EXPECT_EQ(error_of([&] { json.get_int("f"); }), "config.json: f: expected an integer, found 1.9");
  EXPECT_EQ(error_of([&] { json.get_int("whole"); }),
            "config.json: whole: expected an integer, found 2.0");
  EXPECT_EQ(error_of([&] { json.get_int("u", 0); }),
            "config.json: u: expected an integer of at least 0, found 18446744073709551615");
  EXPECT_THAT(error_of([&] { json.get_int("over"); }), HasSubstr("expected an integer"));
  EXPECT_EQ(error_of([&] { json.get_int("n", 0, 255); }),
            "config.json: n: expected an integer from 0 to 255, found -1");
  EXPECT_THAT(error_of([&] { json.get_double("odd"); }), HasSubstr("that a double holds exactly"));
  EXPECT_THAT(error_of([&] { json.get_double("u"); }), HasSubstr("that a double holds exactly"));
}

TEST(Json, RefusesDuplicateKeysWithTheirPlace) {
  EXPECT_EQ(parse_error("{\n  \"a\": {\"b\": 1, \"c\": 1},\n  \"a\": 2\n}"),
            "config.json:3:5 (byte 31): the key 'a' stands here twice");
  EXPECT_THAT(parse_error(R"({"x":[{"k":1,"\u006b":2}]})"), HasSubstr("'k' stands here twice"));
  EXPECT_TRUE(succeeds([] { parse(R"({"a":{"b":1},"b":{"a":1}})"); }));
}

TEST(Json, SyntaxErrorsHaveAPlace) {
  EXPECT_THAT(parse_error("{\"a\":\n 01}"),
              HasSubstr("config.json:2:3 (byte 8): is not valid JSON"));
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{} x",
                                      "{}{}",
                                      "NaN",
                                      "[Infinity]",
                                      "[-]",
                                      "nul",
                                      "'a'",
                                      "{a:1}",
                                      "// c\n1",
                                      "1e400",
                                      "\"\xff\"",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\\ud800\"",
                                      "\"\\x\"",
                                      "\"a\nb\"",
                                      "\xEF\xBB\xBF{}",
                                      "\"unclosed",
                                      "[1 2]"}) {
    EXPECT_THAT(parse_error(text), HasSubstr("config.json:")) << text;
  }
  EXPECT_THAT(parse_error(std::string_view("{}\0", 3)), HasSubstr("config.json:1:3"));
}

TEST(Json, MessagesCannotSteerATerminal) {
  const std::string message = parse_error("{\"\\u001b[31m\":1,\"\\u001b[31m\":\x1b}");
  EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
  EXPECT_EQ(parse_error("\"\xff\"").find('\xff'), std::string::npos);
  EXPECT_LT(parse_error("\"" + std::string(100000, 'x')).size(), 400U);
}

TEST(Json, DepthAndSizeAreLimited) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(succeeds([&] { parse(nested(64)); }));
  EXPECT_EQ(parse_error(nested(65)),
            "config.json:1:65 (byte 64): is nested more than 64 levels deep");
  EXPECT_THAT(parse_error(nested(1000000)), HasSubstr("more than 64 levels"));
  EXPECT_THAT(parse_error("{\"a\":[]}", {.max_depth = 1}), HasSubstr("more than 1 levels"));
  EXPECT_THAT(parse_error("[1,2,3]", {.max_bytes = 6}), HasSubstr("has 7 bytes of JSON"));
}

TEST(Json, ReadsAFileAndNamesIt) {
  const TestFolder folder;
  const auto path = folder.write("config.json", "{\"a\": x}");
  EXPECT_THAT(error_of([&] { JsonValue::read(path); }), HasSubstr(path.string() + ":1:7"));
  EXPECT_THAT(error_of([&] { JsonValue::read(folder.path() / "none.json"); }),
              HasSubstr("none.json: cannot be opened: No such file"));
}

TEST(Json, EveryTruncationAndFlipEndsInAValueOrAnError) {
  const std::string text =
      R"({"model":{"layers":[1,2.5e-3,null,true],"name":"\u00e9\n"},"x":{"y":[[],{}]}})";
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_NE(parse_error(text.substr(0, length)), "no error") << length;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = text;
      changed[i] = static_cast<char>(value);
      parse_error(changed);
    }
  }
}

}  // namespace
}  // namespace leakprobe
