#include <gtest/gtest.h>

#include "compose/digest.h"
#include "compose/places.h"
#include "compose/stub_plugins.h"
#include "leakprobe/stream.h"

namespace leakprobe::compose_test {
namespace {

const char* const kEverything =
    "model: {type: net, shape: net-wide, width: 8}\n"
    "task: {type: words}\n"
    "optimizer: {lr: 0.5}\n"
    "optimizers: {slow: {type: other, lr: 0.01}}\n"
    "objectives: {against: {type: prefer, beta: 2}}\n"
    "streams:\n"
    "  both: {set: pairs, repeat: 3}\n"
    "  mixed: {chosen: {set: fresh}, rejected: [{set: taught, repeat: 2}, {set: secret, repeat: 2, "
    "items: [1, 3]}], order: given}\n"
    "phases:\n"
    "  - {name: one, type: train, batch: 5, optimizer: slow, terms: {a: {objective: against, rows: "
    "both}}, gates: {low: {below: 4}}, waive: [low]}\n"
    "  - {name: two, type: train, optimizer: {decay: 1}, terms: {a: {objective: against, rows: "
    "mixed, reference: one}, b: {rows: [{set: taught}]}}}\n"
    "  - {type: look, from: one}\n"
    "probes: [{type: size, every: 3, sets: [pairs, secret]}]\n"
    "claim: {measure: size, set: pairs.chosen, phase: two, at: maximum, minus: {phase: one, at: "
    "end}}\n";

TEST(Resolved, ComposesToItself) {
  Diagnostics diagnostics;
  const auto first = composed(kEverything, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) ADD_FAILURE() << diagnostic.text();
  ASSERT_TRUE(first);
  Diagnostics again;
  const auto second = composed(to_yaml(first->resolved), again);
  for (const Diagnostic& diagnostic : again.sorted()) ADD_FAILURE() << diagnostic.text();
  ASSERT_TRUE(second);
  EXPECT_EQ(to_yaml(first->resolved), to_yaml(second->resolved));
  EXPECT_EQ(first->digest, second->digest);
  for (size_t i = 0; i < first->phases.size(); ++i) {
    EXPECT_EQ(first->phases[i].steps, second->phases[i].steps);
    for (size_t t = 0; t < first->phases[i].terms.size(); ++t) {
      EXPECT_EQ(first->phases[i].terms[t].items, second->phases[i].terms[t].items);
    }
  }
}

TEST(Resolved, KeepsNamesAndWritesDefaults) {
  Diagnostics diagnostics;
  const auto made = composed(kEverything, diagnostics);
  ASSERT_TRUE(made);
  const Value& one = made->resolved.find("phases")->as_list()[0];
  EXPECT_EQ(one.find("optimizer")->as_string(), "slow");
  EXPECT_EQ(one.find("terms")->find("a")->find("rows")->as_string(), "both");
  EXPECT_EQ(one.find("steps")->as_integer(), 4);
  EXPECT_EQ(one.find("from")->as_string(), "initial");
  EXPECT_EQ(made->resolved.find("model")->find("width")->as_integer(), 8);
  EXPECT_EQ(made->resolved.find("model")->find("positions")->as_integer(), 32);
  EXPECT_EQ(made->resolved.find("model")->find("vocab_size")->as_integer(), 100);
  EXPECT_EQ(made->resolved.find("batch")->as_integer(), 128);
  EXPECT_EQ(made->resolved.find("name")->as_string(), "e");
}

TEST(Resolved, HasThePlaceOfWhatTheFileSaysAndNoneForDefaults) {
  Diagnostics diagnostics;
  const auto made = composed(kEverything, diagnostics);
  ASSERT_TRUE(made);
  const Value& two = made->resolved.find("phases")->as_list()[1];
  EXPECT_EQ(two.find("optimizer")->find("decay")->place.line, 11);
  EXPECT_EQ(two.find("optimizer")->find("lr")->place.line, 3);
  EXPECT_EQ(two.find("steps")->place.line, 0);
  const Value& source = *two.find("terms")->find("b")->find("rows");
  EXPECT_EQ(source.as_list()[0].find("set")->place.line, 11);
  EXPECT_EQ(source.as_list()[0].find("prefix")->place.line, 0);
  const Value& both = *made->resolved.find("streams")->find("both");
  EXPECT_EQ(both.find("rejected")->as_list()[0].find("repeat")->place.line, 7);
}

TEST(Digest, CountsWhatChangesTheOutcome) {
  Value resolved = Value::map();
  resolved.set("name", "a");
  resolved.set("batch", 4);
  const std::string digest = composition_digest(resolved);
  EXPECT_EQ(digest.size(), 16u);
  resolved.set("name", "b");
  EXPECT_EQ(composition_digest(resolved), digest);
  resolved.set("batch", 8);
  EXPECT_NE(composition_digest(resolved), digest);
}

TEST(Digest, KnowsTheOrderOfKeysWhereItCountsAndNowhereElse) {
  const auto digest = [](const std::vector<std::string>& keys, bool is_ordered) {
    Value inner = Value::map();
    inner.is_ordered = is_ordered;
    for (const std::string& key : keys) inner.set(key, 1);
    Value list = Value::list();
    list.push_back(inner);
    Value resolved = Value::map();
    resolved.set("phases", list);
    return composition_digest(resolved);
  };
  EXPECT_EQ(digest({"a", "b"}, false), digest({"b", "a"}, false));
  EXPECT_NE(digest({"a", "b"}, true), digest({"b", "a"}, true));
}

TEST(Digest, OfAnExperimentKnowsTheOrderOfTermsButNotThatOfNamesAndColumns) {
  const auto digest = [](const std::string& phases, const std::string& more = "") {
    Diagnostics diagnostics;
    const auto made = composed(experiment(phases, more), diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.sorted()) ADD_FAILURE() << diagnostic.text();
    return made ? made->digest : "";
  };
  const auto terms = [](const std::string& first, const std::string& second) {
    return "  - {type: train, terms: {" + first + ", " + second + "}}\n";
  };
  const std::string a = "a: {rows: {set: taught, repeat: 1}}", b = "b: {rows: {set: fresh}}";
  EXPECT_NE(digest(terms(a, b)), digest(terms(b, a)));
  const auto pair = [](const std::string& columns) {
    return "  - {type: train, terms: {a: {objective: {type: prefer}, rows: {" + columns + "}}}}\n";
  };
  EXPECT_EQ(digest(pair("chosen: {set: fresh}, rejected: {set: taught, repeat: 1}")),
            digest(pair("rejected: {set: taught, repeat: 1}, chosen: {set: fresh}")));
  const std::string phase = "  - {type: train, terms: {" + a + "}}\n";
  EXPECT_EQ(digest(phase, "objectives: {x: {type: up}, y: {type: prefer}}\n"),
            digest(phase, "objectives: {y: {type: prefer}, x: {type: up}}\n"));
}

TEST(Model, FromDimensionsKnowsAsManyTokensAsTheTaskNeeds) {
  Diagnostics diagnostics;
  const auto made = composed(experiment("  - {type: look}\n"), diagnostics);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->model.vocab_size, 10);
}

TEST(Model, ThatIsNotThereIsNoError) {
  Diagnostics diagnostics;
  const auto made =
      composed("model: {type: net, path: ./nowhere}\ntask: {type: words}\nphases: [{type: look}]\n",
               diagnostics);
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->model.missing.empty());
  EXPECT_EQ(made->model.vocab_size, 0);
  EXPECT_TRUE(made->resolved.find("model")->find("path")->as_string().ends_with("/nowhere"));
}

}  // namespace
}  // namespace leakprobe::compose_test
