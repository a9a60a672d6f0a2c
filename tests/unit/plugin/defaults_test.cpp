#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/compose.h"
#include "compose/stub_plugins.h"
#include "plugin/registry.h"
#include "plugin/staging.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;

template <int number, bool is_default>
struct Flat final : Schedule {
  using Options = NoOptions;
  static constexpr bool kIsDefault = is_default;
  Flat(const Options&, const Context&) {}
  double factor(int64_t, int64_t) const override { return number; }
};

template <class... Plugins>
std::vector<Registration> registered(const std::vector<std::string>& names) {
  StagingRegistrar staging;
  Registrar& registrar = staging;
  size_t next = 0;
  (registrar.add<Plugins>(names.at(next++), "A schedule."), ...);
  return std::move(staging).take();
}

TEST(DefaultPlugin, IsTheOneThatSaysSo) {
  Registry registry;
  registry.add(registered<Flat<1, false>, Flat<2, true>>({"a", "b"}));
  ASSERT_NE(registry.default_of(Kind::schedule), nullptr);
  EXPECT_EQ(registry.default_of(Kind::schedule)->name, "b");
  EXPECT_EQ(registry.default_of(Kind::sink), nullptr);
}

TEST(DefaultPlugin, ASecondOneOfAKindIsRefusedNamingBoth) {
  Registry registry;
  registry.add(registered<Flat<1, true>>({"a"}), "/lib/a.so");
  try {
    registry.add(registered<Flat<2, true>>({"b"}), "/lib/b.so");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "/lib/b.so: schedule 'b' would be the default, which 'a' of /lib/a.so is already; "
                 "take kIsDefault from one of them");
  }
  EXPECT_EQ(registry.names(Kind::schedule), std::vector<std::string>{"a"});
  EXPECT_THROW((registered<Flat<1, true>, Flat<2, true>>({"a", "b"})), Error);
}

TEST(DefaultPlugin, IsAskedForWhereThereIsNone) {
  Diagnostics diagnostics;
  compose(Value::map(), Registry(), diagnostics);
  std::string text;
  for (const Diagnostic& each : diagnostics.sorted()) text += each.text() + "\n";
  EXPECT_THAT(text, HasSubstr("optimizer: missing, and no optimizer plugin is the default"));
  EXPECT_THAT(text, HasSubstr("sinks[0]: missing, and no sink plugin is the default"));
}

TEST(DefaultPlugin, IsWhatAnExperimentMeansThatNamesNone) {
  Diagnostics diagnostics;
  const auto composition = compose_test::composed(
      compose_test::experiment("  - {type: train, terms: {a: {rows: {set: taught, repeat: 1}}}}\n",
                               "claim: {set: taught, phase: train}\nprobes: [{type: size}]\n"),
      diagnostics);
  for (const Diagnostic& each : diagnostics.sorted()) ADD_FAILURE() << each.text();
  ASSERT_TRUE(composition);
  const auto type_at = [&](const char* key) {
    return composition->resolved.find(key)->find("type")->as_string();
  };
  EXPECT_EQ(type_at("optimizer"), "descent");
  EXPECT_EQ(type_at("schedule"), "flat");
  EXPECT_EQ(composition->resolved.find("sinks")->as_list().size(), 1u);
  const Value& phase = composition->resolved.find("phases")->as_list().front();
  EXPECT_EQ(phase.find("freeze")->find("type")->as_string(), "none");
  EXPECT_EQ(composition->resolved.find("claim")->find("measure")->as_string(), "size");
}

}  // namespace
}  // namespace leakprobe
