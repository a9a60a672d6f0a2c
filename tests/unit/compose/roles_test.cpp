#include <gtest/gtest.h>

#include "compose/columns.h"
#include "compose/stub_plugins.h"

namespace leakprobe::compose_test {
namespace {

/// Whether a term on set secret is refused because it could push it up.
bool refused(const std::string& term, const std::string& task = "{type: words}") {
  const std::string errors = errors_of("model: {type: net}\ntask: " + task +
                                       "\nphases:\n  - {type: train, steps: 4, "
                                       "terms: {t: " +
                                       term + "}}\n");
  if (errors.empty()) return false;
  EXPECT_NE(errors.find("would be a positive target in phase 'train', term 't'"), std::string::npos)
      << errors;
  return true;
}

TEST(Roles, ForbidASecretAsATargetInEveryWayItMayCome) {
  EXPECT_TRUE(refused("{objective: {type: up}, rows: {set: secret}}"));
  EXPECT_TRUE(refused("{objective: {type: up}, rows: {set: secret, prefix: none}}"));
  EXPECT_TRUE(refused("{objective: {type: up}, rows: {set: [taught, secret]}}"));
  EXPECT_TRUE(refused("{objective: {type: up}, rows: {set: secret, items: [3, 4]}}"));
  EXPECT_TRUE(refused("{objective: {type: up}, rows: {set: secret}, weight: 0.001}"));
  EXPECT_TRUE(refused("{objective: {type: either}, rows: {set: secret}}"));
  EXPECT_TRUE(refused("{objective: {type: either}, rows: {set: secret}, weight: -1}"));
  EXPECT_TRUE(refused("{objective: {type: down}, rows: {set: secret}, weight: -1}"));
  EXPECT_TRUE(
      refused("{objective: {type: prefer}, rows: {chosen: {set: secret}, rejected: {set: "
              "taught}}}"));
  EXPECT_TRUE(
      refused("{objective: {type: prefer}, rows: {chosen: {set: taught}, rejected: {set: "
              "secret}}, weight: -0.5}"));
}

TEST(Roles, LetASecretBePushedDownOrLeftAlone) {
  EXPECT_FALSE(refused("{objective: {type: down}, rows: {set: secret}}"));
  EXPECT_FALSE(refused("{objective: {type: look}, rows: {set: secret}}"));
  EXPECT_FALSE(refused("{objective: {type: look}, rows: {set: secret}, weight: -1}"));
  EXPECT_FALSE(refused("{objective: {type: up}, rows: {set: secret}, weight: 0}"));
  EXPECT_FALSE(refused("{objective: {type: up}, rows: {set: secret}, weight: -1}"));
  EXPECT_FALSE(
      refused("{objective: {type: prefer}, rows: {chosen: {set: taught}, rejected: {set: "
              "secret}}}"));
  // A column that the objective does not take is not trained on.
  EXPECT_FALSE(
      refused("{objective: {type: prefer}, rows: {chosen: {set: taught}, rejected: {set: "
              "taught}, other: {set: secret}}}"));
}

TEST(Roles, MayHoldBehindSomePrefixesOnly) {
  const std::string task = "{type: words, forbidden: [far]}";
  EXPECT_TRUE(refused("{objective: {type: up}, rows: {set: secret, prefix: far}}", task));
  EXPECT_FALSE(refused("{objective: {type: up}, rows: {set: secret, prefix: near}}", task));
  EXPECT_FALSE(refused("{objective: {type: up}, rows: {set: secret}}", task));
}

TEST(Push, TurnsRoundWithTheWeight) {
  EXPECT_EQ(push_of(Sign::positive, 2), Push::up);
  EXPECT_EQ(push_of(Sign::positive, -2), Push::down);
  EXPECT_EQ(push_of(Sign::negative, 2), Push::down);
  EXPECT_EQ(push_of(Sign::negative, -2), Push::up);
  EXPECT_EQ(push_of(Sign::both, 2), Push::up);
  EXPECT_EQ(push_of(Sign::both, -2), Push::up);
  EXPECT_EQ(push_of(Sign::both, 0), Push::none);
  EXPECT_EQ(push_of(Sign::none, 2), Push::none);
  EXPECT_EQ(push_of(Sign::none, -2), Push::none);
}

}  // namespace
}  // namespace leakprobe::compose_test
