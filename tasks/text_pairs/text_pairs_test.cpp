#include <gmock/gmock.h>

#include "leakprobe/kit/conformance.h"
#include "testing.h"

namespace leakprobe::text_pairs {
namespace {

class TextPairsPlugin : public OwnTexts {
 protected:
  std::vector<std::string> failures(Value options = Value::map()) {
    options.set("path", options_.path.string());
    ::leakprobe::kit::Conformance conformance{LEAKPROBE_PLUGIN_PATH_FOR_TESTS};
    conformance.options["task/text_pairs"] = std::move(options);
    return ::leakprobe::kit::conformance_failures(conformance);
  }
};

TEST_F(TextPairsPlugin, Conforms) {
  write("own.jsonl", R"({"set": "pairs", "prompt": "Who? ", "chosen": "Ann", "rejected": "Bob"}
{"set": "texts", "text": "The key is [[1234]]."}
{"set": "texts", "text": "[[key]]"}
)");
  Value options = Value::map();
  options.set("marks", Value(Value::List{"[[", "]]"}));
  Value prefixes = Value::map();
  prefixes.set("loud", "! ");
  options.set("prefixes", std::move(prefixes));
  options.set("eos", "<end>");
  EXPECT_THAT(failures(std::move(options)), ::testing::IsEmpty());
}

TEST_F(TextPairsPlugin, ConformsOnCsv) {
  write("own.csv", "prompt,text\nWho?,\" Ann, \"\"A\"\"\"\n");
  EXPECT_THAT(failures(), ::testing::IsEmpty());
}

TEST_F(TextPairsPlugin, TwoDifferentMarksAreNeeded) {
  const Schema<TextPairs::Options> schema;
  const auto holds = [&](const Marks& marks) {
    TextPairs::Options options;
    options.marks = marks;
    return std::all_of(schema.relations().begin(), schema.relations().end(),
                       [&](const Relation& relation) { return relation.holds(&options); });
  };
  EXPECT_TRUE(holds({"[", "]"}));
  EXPECT_FALSE(holds({"|", "|"}));
  EXPECT_FALSE(holds({"[", ""}));
}

}  // namespace
}  // namespace leakprobe::text_pairs
