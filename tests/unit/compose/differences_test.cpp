#include "compose/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_document.h"

namespace leakprobe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Value experiment(const std::string& yaml) {
  Diagnostics diagnostics;
  YamlBudget budget;
  return parse_yaml(yaml, "x.yaml", diagnostics, budget).value();
}

std::vector<std::string> texts(const std::string& first, const std::string& second) {
  std::vector<std::string> texts;
  for (const Difference& one : differences(experiment(first), experiment(second))) {
    texts.push_back(text_of(one));
  }
  return texts;
}

TEST(Differences, NameEntriesOfListsAndWhatIsAbsent) {
  EXPECT_THAT(texts("phases: [{name: a, steps: 3}, {name: b, freeze: {type: none}}]",
                    "phases: [{name: a, steps: 3}, {name: b, freeze: {type: upper, part: 2}}]"),
              ElementsAre("phases.b.freeze.type is \"none\" or \"upper\"",
                          "phases.b.freeze.part is absent or 2"));
  EXPECT_THAT(texts("sets: [x, y]", "sets: [x]"), ElementsAre("sets is [\"x\",\"y\"] or [\"x\"]"));
}

TEST(Differences, OfAnOrderOfNamedEntriesIsOne) {
  EXPECT_EQ(texts("phases: [{name: a}, {name: b}]", "phases: [{name: b}, {name: a}]").size(), 1u);
}

TEST(Differences, LeaveOutWhatDoesNotChangeTheOutcome) {
  EXPECT_THAT(texts("{name: a, seed: 0, threads: 1, sinks: [], batch: 4}",
                    "{name: b, seed: 1, threads: 2, sinks: [{type: csv}], batch: 4}"),
              IsEmpty());
}

TEST(Differences, HaveTheirValueAtTheirPath) {
  const Value found = experiment("phases: [{name: a}, {name: b, freeze: {type: none}}]");
  EXPECT_EQ(value_at(found, "phases.b.freeze.type"), Value("none"));
  EXPECT_TRUE(value_at(found, "phases.c.freeze").is_null());
}

TEST(PooledKind, IsThatOfWhatMustNotBeAveragedUnknowingly) {
  EXPECT_EQ(pooled_kind("compute"), "compute");
  EXPECT_EQ(pooled_kind("optimizer.lr"), "optimizer");
  EXPECT_EQ(pooled_kind("phases.elicit.schedule.warmup"), "optimizer");
  EXPECT_EQ(pooled_kind("task.held_out"), "data");
  EXPECT_EQ(pooled_kind("phases.elicit.terms.useful.rows"), "data");
  EXPECT_EQ(pooled_kind("phases.suppress.freeze.type"), "");
  EXPECT_EQ(pooled_kind("model.path"), "");
}

}  // namespace
}  // namespace leakprobe
