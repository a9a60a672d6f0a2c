#include "config/merge.h"

#include <gtest/gtest.h>

#include "config/support.h"

namespace leakprobe {
namespace {

std::string merged(const std::string& base, const std::string& over, const std::string& at = "") {
  Value value = yaml(base, "base.yaml");
  merge_into(value, yaml(over, "over.yaml"), at);
  return to_json(value);
}

TEST(Merge, MappingsMergeDeeplyAndTheLaterWins) {
  EXPECT_EQ(merged("{a: 1, b: {c: 2, d: 3}}", "{b: {d: 4, e: 5}, f: 6}"),
            R"({"a":1,"b":{"c":2,"d":4,"e":5},"f":6})");
  EXPECT_EQ(merged("{a: {b: 1}}", "{a: text}"), R"({"a":"text"})");
  EXPECT_EQ(merged("{a: text}", "{a: {b: 1}}"), R"({"a":{"b":1}})");
}

TEST(Merge, ListsReplace) {
  EXPECT_EQ(merged("{a: [1, 2]}", "{a: [3]}"), R"({"a":[3]})");
  EXPECT_EQ(merged("{a: [{set: x}, {set: y}]}", "{a: [{set: z}]}"), R"({"a":[{"set":"z"}]})");
  EXPECT_EQ(merged("{a: [{name: x}]}", "{a: []}"), R"({"a":[]})");
  EXPECT_EQ(merged("{a: [{name: x, b: 1}, 3]}", "{a: [{name: x}]}"), R"({"a":[{"name":"x"}]})");
}

TEST(Merge, NamedEntriesMergeInTheOrderOfTheBase) {
  EXPECT_EQ(merged("[{name: a, x: 1}, {type: b, x: 2}]",
                   "[{name: c, x: 3}, {name: b, x: 4}, {type: a, y: 5}]"),
            R"([{"name":"a","x":1,"type":"a","y":5},{"type":"b","x":4,"name":"b"},)"
            R"({"name":"c","x":3}])");
}

TEST(Merge, TwoEntriesOfOneNameStayTwo) {
  EXPECT_EQ(merged("[{name: a, x: 1}]", "[{name: a, x: 2}, {name: a, y: 3}]"),
            R"([{"name":"a","x":2},{"name":"a","y":3}])");
  EXPECT_EQ(merged("[{name: b}]", "[{name: a, x: 2}, {name: a, y: 3}]"),
            R"([{"name":"b"},{"name":"a","x":2},{"name":"a","y":3}])");
  EXPECT_EQ(merged("[{name: a, x: 1}, {name: a, y: 2}]", "[{name: a, x: 3}]"),
            R"([{"name":"a","x":3},{"name":"a","y":2}])");
}

TEST(Merge, NullRemovesAndStaysWhereNothingIs) {
  EXPECT_EQ(merged("{a: 1, b: {c: 2, d: 3}}", "{a: null, b: {c: null}}"), R"({"b":{"d":3}})");
  EXPECT_EQ(merged("{a: 1}", "{b: null}"), R"({"a":1,"b":null})");
  Value value = yaml("{a: 1, b: null, c: {d: null}, e: [{f: null}, null]}");
  drop_nulls(value);
  EXPECT_EQ(to_json(value), R"({"a":1,"c":{},"e":[{},null]})");
}

TEST(Merge, AnotherTypeDropsTheOptionsOfTheOldOne) {
  EXPECT_EQ(merged("{against: {type: dpo, beta: 0.1}}", "{against: {type: npo}}"),
            R"({"against":{"type":"npo"}})");
  EXPECT_EQ(merged("{against: {type: dpo, beta: 0.1}}", "{against: {type: dpo, smoothing: 0.2}}"),
            R"({"against":{"type":"dpo","beta":0.1,"smoothing":0.2}})");
  EXPECT_EQ(merged("{model: {type: gpt_neox, path: a}}", "{model: {hidden: 1, type: llama}}"),
            R"({"model":{"type":"llama","hidden":1}})");
}

TEST(Merge, PhasesKeepWhatBelongsToTheEngineButNotTheirGates) {
  EXPECT_EQ(merged("{phases: [{name: s, type: suppress, pairs: p, from: a, freeze: {type: none}, "
                   "gates: {suppressed: {below: -2}}, waive: [starts_equal]}]}",
                   "{phases: [{name: s, type: finetune, rows: r}]}"),
            R"({"phases":[{"name":"s","type":"finetune","from":"a","freeze":{"type":"none"},)"
            R"("rows":"r"}]})");
  EXPECT_EQ(merged("{probes: [{name: p, type: likelihood, every: 5, sets: [a], option: 1}]}",
                   "{probes: [{name: p, type: exposure}]}"),
            R"({"probes":[{"name":"p","type":"exposure","every":5,"sets":["a"]}]})");
  EXPECT_EQ(merged("{name: s, type: suppress, pairs: p, from: a}", "{type: joint}", "phases"),
            R"({"name":"s","type":"joint","from":"a"})");
}

TEST(Merge, ValuesKeepThePlaceTheyCameFrom) {
  Value value = yaml("{a: 1, b: {c: 2}}", "base.yaml");
  merge_into(value, yaml("{b: {d: 3}}", "over.yaml"));
  EXPECT_EQ(value.find("a")->place.file, "base.yaml");
  EXPECT_EQ(value.find("b")->find("c")->place.file, "base.yaml");
  EXPECT_EQ(value.find("b")->find("d")->place.file, "over.yaml");
  EXPECT_EQ(value.find("b")->place.file, "over.yaml");
}

TEST(Merge, KeysStandWhereTheirValueWasSetLast) {
  const auto place_of = [](const Value& map, const char* key) {
    for (const Value::Entry& entry : map.entries()) {
      if (entry.key == key) return to_string(entry.place);
    }
    return std::string("nowhere");
  };
  Value value = yaml("{a: 1, b: {c: 1, d: 1}, e: [{name: f, g: 1}]}", "base.yaml");
  merge_into(value, yaml("{a: 2,\n b: {c: 2},\n e: [{name: f,\n  g: 2}]}", "middle.yaml"));
  merge_into(value, yaml("{b: {d: 3}}", "over.yaml"));
  EXPECT_EQ(place_of(value, "a"), "middle.yaml:1:2");
  EXPECT_EQ(place_of(value.at("b"), "c"), "middle.yaml:2:6");
  EXPECT_EQ(place_of(value.at("b"), "d"), "over.yaml:1:6");
  EXPECT_EQ(place_of(value, "b"), "over.yaml:1:2");
  EXPECT_EQ(place_of(value.at("e").as_list().front(), "g"), "middle.yaml:4:3");
}

}  // namespace
}  // namespace leakprobe
