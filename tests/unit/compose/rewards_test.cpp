#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/slots.h"
#include "compose/stub_plugins.h"
#include "config/yaml_document.h"
#include "leakprobe/plugin.h"

namespace leakprobe::compose_test {
namespace {

using ::testing::HasSubstr;

std::string errors(const std::string& rewards) {
  return errors_of(experiment("  - {type: look}\n", "rewards: " + rewards + "\n"));
}

TEST(Rewards, HaveNamesOfTheirOwnAndAreResolvedWithEveryDefault) {
  Diagnostics diagnostics;
  const auto made = composed(experiment("  - {type: look}\n",
                                        "rewards: {avoid: {type: worth}, seek: {type: worth, hit: "
                                        "2}}\n"),
                             diagnostics);
  for (const Diagnostic& each : diagnostics.sorted()) ADD_FAILURE() << each.text();
  ASSERT_TRUE(made);
  EXPECT_EQ(to_json(*made->resolved.find("rewards")),
            R"({"avoid":{"type":"worth","rows":["secret"],"hit":-1.0},)"
            R"("seek":{"type":"worth","rows":["secret"],"hit":2.0}})");
  Diagnostics again;
  const auto second = composed(to_yaml(made->resolved), again);
  ASSERT_TRUE(second);
  EXPECT_EQ(to_yaml(second->resolved), to_yaml(made->resolved));
}

TEST(Rewards, AreNamedOrWrittenWhereTheyAreUsed) {
  Diagnostics diagnostics;
  YamlBudget budget;
  const auto experiment =
      parse_yaml("rewards: {avoid: {type: worth}}\nnamed: avoid\nown: {type: worth, hit: 2}\n",
                 "e.yaml", diagnostics, budget);
  ASSERT_TRUE(experiment);
  Slots slots(*experiment, stub_registry(), diagnostics);
  const auto read = [&](const char* key) {
    Slot<Reward> slot;
    EXPECT_TRUE(ParameterType<Slot<Reward>>::read(slot, *experiment->find(key), key, slots));
    return slot;
  };
  const Slot<Reward> named = read("named"), own = read("own");
  EXPECT_EQ(named->name, "avoid");
  EXPECT_EQ(named->path, "named");
  EXPECT_EQ(named.facts().rows.at(0).sign, Sign::negative);
  EXPECT_EQ(own->name, "");
  EXPECT_EQ(own.facts().rows.at(0).sign, Sign::positive);
  EXPECT_FALSE(diagnostics.has_errors());
}

TEST(Rewards, ThatAreNoneAreSaidWhereTheyStand) {
  EXPECT_EQ(errors("[worth]"),
            "e.yaml:3:10: error: rewards: expected a mapping of names to rewards, found a list\n");
  EXPECT_EQ(errors("{avoid: {type: worse}}"),
            "e.yaml:3:25: error: rewards.avoid.type: unknown reward plugin 'worse'\n");
  EXPECT_THAT(errors("{avoid: {hit: 1}}"),
              HasSubstr("rewards.avoid.type: missing; it is required"));
  EXPECT_THAT(errors("{avoid: {type: worth, rows: [secret, secret]}}"),
              HasSubstr("rewards.avoid: plugin 'worth': its facts name rows twice: 'secret'"));
}

}  // namespace
}  // namespace leakprobe::compose_test
