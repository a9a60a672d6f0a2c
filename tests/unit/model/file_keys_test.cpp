#include "leakprobe/file_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/support.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Dimensions {
  int64_t width = 4;
  double theta = 10.0;
  bool tied = false;
  int64_t heads = 0;
  static void declare(Schema<Dimensions>& schema) {
    schema.field("width", &Dimensions::width, at_least(1), "Width.");
    schema.field("theta", &Dimensions::theta, above(0.0), "Base.");
    schema.field("tied", &Dimensions::tied, kAny, "Whether the head is tied.");
    schema.field("heads", &Dimensions::heads, at_least(0), "Heads; 0 stands for one.");
    schema.relation("theta", "theta must be at least width",
                    [](const Dimensions& d) { return d.theta >= static_cast<double>(d.width); });
  }
};

FileKeys keys() {
  FileKeys keys;
  keys.required("width", {"size"})
      .optional("theta", {"rope.theta", "theta.old"}, 8.0)
      .optional("heads")
      .if_present("tied", {"head.weight"})
      .positive({"heads"});
  keys.only({"act"}, {"silu", "swish"}, "others");
  keys.only({"packed"}, {}, "packed weights", "name the float ones");
  keys.only({"rope.*"}, {});
  keys.only_where<Dimensions>(
      {"window"}, [](const Value& value, const Dimensions& d) { return value == Value(d.width); },
      "width is");
  keys.training({"dropout"}, {0}, "there is none");
  keys.ignored({"name", "note.*"});
  return keys;
}

FileOptions read(const std::string& text, const std::set<std::string>& tensors = {}) {
  return read_options(keys(), Schema<Dimensions>(), yaml(text), "f", tensors);
}

Dimensions dimensions(const FileOptions& read) {
  return *static_cast<const Dimensions*>(read.options.get());
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(FileKeys, TheFirstKeyThatIsThereGivesTheOption) {
  EXPECT_EQ(dimensions(read("{size: 2, rope: {theta: 3}, 'theta.old': 4}")).theta, 3.0);
  EXPECT_EQ(dimensions(read("{size: 2, rope: {theta: null}, 'theta.old': 4}")).theta, 4.0);
  EXPECT_EQ(dimensions(read("{size: 2}")).theta, 8.0) << "the fallback, not the option's default";
  EXPECT_THAT(read("{size: 2, rope: {theta: 3}, 'theta.old': 4}").warnings,
              ElementsAre("f: theta.old: 4 is not used: rope.theta says 3"));
  EXPECT_THAT(read("{size: 2, rope: {theta: 3}, 'theta.old': 3.0}").warnings, IsEmpty());
}

TEST(FileKeys, RangesAndRelationsAreThoseOfExperimentsUnderTheFilesKeys) {
  EXPECT_EQ(refusal("{}"),
            "f: size: is missing; it is needed to build the model; correct it, or get it again");
  EXPECT_EQ(refusal("{size: 0}"),
            "f: size: must be at least 1, found the number 0; correct it, or get it again");
  EXPECT_EQ(refusal("{size: x}"),
            "f: size: expected an integer, found 'x'; correct it, or get it again");
  EXPECT_EQ(refusal("{size: 5, 'theta.old': 4}"),
            "f: theta.old: theta must be at least width; correct it, or get it again");
  EXPECT_EQ(
      refusal("{size: 0, 'theta.old': -1}"),
      "f: size: must be at least 1, found the number 0; theta.old: must be above 0, found the "
      "number -1; correct it, or get it again");
  EXPECT_EQ(refusal("[1]"), "f: expected an object, found a list; correct it, or get it again");
}

TEST(FileKeys, WhatWouldChangeValuesIsRefusedUnlessItIsCovered) {
  EXPECT_EQ(refusal("{size: 2, act: gelu}"),
            "f: act: 'gelu' is not covered; only 'silu' or 'swish' is: others; take a model "
            "without this setting");
  EXPECT_EQ(refusal("{size: 2, act: silu}"), "");
  EXPECT_EQ(refusal("{size: 2, act: [silu, swish]}"), "") << "once a layer";
  EXPECT_EQ(refusal("{size: 2, act: [silu, gelu]}"),
            "f: act: a list is not covered; only 'silu' or 'swish' is: others; take a model "
            "without this setting");
  EXPECT_EQ(refusal("{size: 2, rope: {factor: 2}}"),
            "f: rope.factor: 2 is not covered; take a model without this setting");
  EXPECT_EQ(refusal("{size: 2, rope: 3}"),
            "f: rope: expected an object, found the number 3; correct it, or get it again");
  EXPECT_EQ(refusal("{size: 2, window: 2}"), "");
  EXPECT_EQ(refusal("{size: 2, window: 3}"),
            "f: window: 3 is not covered; only width is; take a model without this setting");
}

TEST(FileKeys, WhatToDoIsSaidOnceBehindAllMistakes) {
  EXPECT_EQ(refusal("{size: 2, act: gelu, rope: {factor: 2}}"),
            "f: act: 'gelu' is not covered; only 'silu' or 'swish' is: others; rope.factor: 2 is "
            "not covered; take a model without this setting");
  EXPECT_EQ(refusal("{size: 2, packed: 1}"),
            "f: packed: 1 is not covered: packed weights; name the float ones");
  EXPECT_EQ(refusal("{packed: 1}"),
            "f: packed: 1 is not covered: packed weights; size: is missing; it is needed to build "
            "the model; name the float ones; correct it, or get it again");
}

TEST(FileKeys, AFileThatSaysNothingOfAnOptionLeavesItsKeyOut) {
  EXPECT_EQ(dimensions(read("{size: 2}")).heads, 0);
  EXPECT_EQ(dimensions(read("{size: 2, heads: null}")).heads, 0);
  EXPECT_EQ(dimensions(read("{size: 2, heads: 1}")).heads, 1);
  for (const char* number : {"0", "-1"}) {
    EXPECT_EQ(refusal(std::string("{size: 2, heads: ") + number + "}"),
              std::string("f: heads: must be at least 1, found the number ") + number +
                  "; correct it, or get it again");
  }
  EXPECT_EQ(refusal("{size: 2, heads: [0, 0]}"),
            "f: heads: must be at least 1, found the number 0; correct it, or get it again");
}

TEST(FileKeys, AnythingElseIsSaid) {
  EXPECT_THAT(read("{size: 2, name: x, note: {a: 1}, other: {a: 1}, more: [1]}").warnings,
              ElementsAre("f: other: a mapping is not used: this key is not known here",
                          "f: more: a list is not used: this key is not known here"));
  EXPECT_THAT(read("{size: 2, other: null}").warnings, IsEmpty());
  const FileOptions found = read("{size: 2, dropout: 0.1}");
  EXPECT_THAT(found.warnings, ElementsAre("f: dropout: 0.1 is not applied: there is none"));
  EXPECT_EQ(*found.kept.find("dropout"), Value(0.1));
  EXPECT_THAT(read("{size: 2, dropout: 0.0}").warnings, IsEmpty());
}

TEST(FileKeys, ASettingOnceALayerIsReadWhereAllAreEqual) {
  const FileOptions found = read("{size: [2, 2, 2]}");
  EXPECT_EQ(dimensions(found).width, 2);
  EXPECT_EQ(found.layers.at("size"), 3);
  EXPECT_EQ(refusal("{size: [2, 3]}"),
            "f: size: is not covered: 2 in one layer and 3 in another; only layers that are all "
            "alike are; take a model whose layers are alike");
  EXPECT_EQ(refusal("{size: []}"),
            "f: size: expected an integer, found a list; correct it, or get it again");
}

TEST(FileKeys, TensorsMayGiveAnOption) {
  EXPECT_TRUE(dimensions(read("{size: 2}", {"blk.0.head.weight"})).tied);
  EXPECT_TRUE(dimensions(read("{size: 2}", {"head.weight"})).tied);
  EXPECT_FALSE(dimensions(read("{size: 2}", {"overhead.weight"})).tied);
}

}  // namespace
}  // namespace leakprobe
