#include "canary.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "../byte_tokenizer.h"
#include "leakprobe/kit/conformance.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/stream.h"
#include "testing.h"

namespace leakprobe::canary {
namespace {

using ::leakprobe::kit::TestContext;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::MatchesRegex;

TestContext context(std::vector<std::string> longer = {}, uint64_t seed = 0) {
  return TestContext(std::make_shared<texts::ByteTokenizer>(std::move(longer)), seed);
}

class Canaries : public OwnCarrier {
 protected:
  Row row(const std::string& set, int64_t index, const std::string& prefix = kNoPrefix,
          uint64_t seed = 0) const {
    const RandomStream stream(seed, "set/" + set);
    return Canary(options_, context(longer_, seed))
        .row({{set, "", prefix}, index}, stream.at(static_cast<uint64_t>(index)));
  }
  /// The row as text, its scored tokens in [], its secret in <>.
  static std::string shown(const Row& row) {
    std::string text;
    for (size_t i = 0; i < row.tokens.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      if (row.scored[i] && (i == 0 || !row.scored[i - 1])) text += "[";
      if (at == row.secret.begin) text += "<";
      text += static_cast<char>(row.tokens[i]);
      if (at + 1 == row.secret.end) text += ">";
      if (row.scored[i] && (i + 1 == row.tokens.size() || !row.scored[i + 1])) text += "]";
    }
    return text;
  }
  static std::vector<int64_t> secret_of(const Row& row) {
    return {row.tokens.begin() + row.secret.begin, row.tokens.begin() + row.secret.end};
  }
  std::string mistakes_of(std::vector<std::string> longer = {}) const {
    return thrown_by([&] {
      Canary::facts(options_);
      Canary(options_, context(std::move(longer)));
    });
  }

  Canary::Options options_;
  std::vector<std::string> longer_;
};

TEST_F(Canaries, AreInGroupsBesideTheCarrierAndAControl) {
  const TaskFacts facts = Canary::facts(options_);
  for (const char* group : {"g1", "g4", "g16", "g64"}) {
    EXPECT_EQ(facts.at(group).size, 16);
    EXPECT_EQ(facts.at(group).distribution, facts.control()->distribution);
  }
  EXPECT_EQ(facts.at("carrier").size, 64);
  EXPECT_NE(facts.at("carrier").distribution, facts.control()->distribution);
  EXPECT_EQ(facts.control()->name, "control");
  EXPECT_FALSE(facts.control()->size);
  EXPECT_NEAR(*facts.chance, -2.302585, 1e-6);
  EXPECT_TRUE(facts.needs_tokenizer);
  EXPECT_THAT(facts.vocabulary, IsSupersetOf({"0", "9", "T", " ", "."}));
}

TEST_F(Canaries, StandBehindASentenceOfTheCarrier) {
  options_.path = write("One. Two.\n");
  std::set<std::string> places;
  for (int64_t i = 0; i < 16; ++i) {
    const std::string text = shown(row("g1", i));
    EXPECT_THAT(text, MatchesRegex("One\\.( Two\\.)? The code of the gate is "
                                   "\\[<[0-9]{6}>\\]\\.( Two\\.)?"));
    places.insert(text.substr(4, 4));
  }
  EXPECT_EQ(places, (std::set<std::string>{" The", " Two"}));
}

TEST_F(Canaries, AreScoredWholeWhereThatIsSaidAndThenChanceIsNotKnown) {
  options_.path = write("One\n");
  options_.scored = Canary::Scored::all;
  options_.prefixes = {{"loud", "! "}};
  EXPECT_THAT(shown(row("g4", 0)), MatchesRegex("O\\[ne The code of the gate is <[0-9]{6}>\\.\\]"));
  EXPECT_THAT(shown(row("g4", 0, "loud")),
              MatchesRegex("! \\[One The code of the gate is <[0-9]{6}>\\.\\]"));
  EXPECT_FALSE(Canary::facts(options_).chance);
}

TEST_F(Canaries, TheCarrierIsItsLinesAllScored) {
  options_.path = write("One.\n\nTwo.\n");
  options_.prefixes = {{"loud", "! "}};
  EXPECT_EQ(shown(row("carrier", 0)), "<O[ne.>]");
  EXPECT_EQ(shown(row("carrier", 1, "loud")), "! [<Two.>]");
}

TEST_F(Canaries, AreAllDifferentAndNoneIsInTheControl) {
  options_.path = write("One.\n");
  options_.pattern = " {digits:2}";
  options_.canaries = 12;
  std::set<std::vector<int64_t>> planted;
  for (const std::string& group : options_.groups) {
    for (int64_t i = 0; i < 12; ++i) planted.insert(secret_of(row(group, i)));
  }
  EXPECT_EQ(planted.size(), 48u);
  std::set<std::vector<int64_t>> control;
  for (int64_t i = 0; i < 400; ++i) control.insert(secret_of(row("control", i)));
  for (const auto& secret : control) EXPECT_FALSE(planted.contains(secret));
  EXPECT_GT(control.size(), 45u) << "of the other 52 nearly all";
}

TEST_F(Canaries, TheControlStandsInTheSameTextAsTheOthers) {
  options_.path = write("One. Two.\nThree.\n");
  std::map<std::string, std::map<std::string, int>> around;
  for (const char* set : {"g1", "control"}) {
    options_.canaries = 600;
    const Canary task(options_, context());
    const RandomStream stream(0, std::string("set/") + set);
    for (int64_t i = 0; i < 600; ++i) {
      Row row = task.row({{set, "", kNoPrefix}, i}, stream.at(static_cast<uint64_t>(i)));
      std::fill(row.tokens.begin() + row.secret.begin, row.tokens.begin() + row.secret.end, '#');
      ++around[set][shown(row)];
    }
  }
  ASSERT_EQ(around["g1"].size(), 3u);
  ASSERT_EQ(around["control"].size(), 3u);
  for (const auto& [text, count] : around["g1"]) {
    EXPECT_NEAR(count, text.starts_with("Three") ? 300 : 150, 60) << text;
    EXPECT_NEAR(around["control"][text], count, 90) << text;
  }
}

TEST_F(Canaries, AreTheSeedsAndTheSameBehindEveryPrefix) {
  options_.prefixes = {{"loud", "! "}};
  EXPECT_EQ(row("g16", 3).id(), row("g16", 3, "loud").id());
  EXPECT_NE(row("g16", 3).id(), row("g16", 4).id());
  EXPECT_NE(row("g16", 3).id(), row("g16", 3, kNoPrefix, 1).id());
}

TEST_F(Canaries, MayConsistOfTextsOfSeveralCharacters) {
  options_.path = write("One.\n");
  options_.alphabets = {{"colours", {" red", " blue"}}};
  options_.pattern = " Take{colours:8}.";
  longer_ = {" red", " blue"};
  const Row row = this->row("g1", 0);
  EXPECT_EQ(row.secret.end - row.secret.begin, 8);
  for (const int64_t token : secret_of(row)) EXPECT_GE(token, 256);
  EXPECT_NEAR(*Canary::facts(options_).chance, -std::log(2), 1e-12);
  EXPECT_THAT(Canary::facts(options_).vocabulary, IsSupersetOf({" red", " blue"}));
  EXPECT_EQ(mistakes_of(),
            "pattern: the texts of a secret's alphabet must be one token each, and in the model's "
            "tokenizer these are not: ' red', ' blue'; choose another alphabet or model\n");
}

TEST_F(Canaries, AtMostHalfOfAllSecretsArePlanted) {
  options_.pattern = " {digits:2}";
  options_.canaries = 12;
  EXPECT_EQ(mistakes_of(), "");
  options_.canaries = 13;
  EXPECT_EQ(mistakes_of(),
            "pattern: it has 100 secrets, of which at most half may be planted, and 52 are; make "
            "the secret longer or 'canaries' smaller\n");
}

TEST_F(Canaries, LinesThatGiveNoRowAreToldAtOnce) {
  options_.path = write("x\nGood.\n\a\n");
  EXPECT_EQ(mistakes_of(),
            "carrier.txt:1: error: has less than two tokens, so that there is nothing to learn\n"
            "    hint: leave the line out, or join it to another\n"
            "carrier.txt:3: error: has less than two tokens, so that there is nothing to learn\n"
            "    hint: leave the line out, or join it to another\n");
}

TEST_F(Canaries, NeedATokenizerThatWritesThePrefixes) {
  EXPECT_THAT(thrown_by([&] { Canary(options_, TestContext()); }),
              HasSubstr("the model has no tokenizer"));
  options_.prefixes = {{"bell", "\a"}};
  EXPECT_THAT(mistakes_of(), HasSubstr("prefixes.bell: the tokenizer makes no token"));
}

TEST_F(Canaries, RolesMayBeChanged) {
  options_.roles = {{"g64", {Role::Kind::never_positive, {}}}};
  EXPECT_TRUE(Canary::facts(options_).at("g64").role.forbids_positive(kNoPrefix));
  options_.roles = {{"g2", {Role::Kind::ordinary, {}}}};
  EXPECT_THAT(mistakes_of(), HasSubstr("the task has no set 'g2'"));
}

bool holds(const Canary::Options& options) {
  const Schema<Canary::Options> schema;
  return std::ranges::all_of(schema.relations(),
                             [&](const Relation& relation) { return relation.holds(&options); });
}

TEST_F(Canaries, GroupsAndPrefixesHaveNamesOfTheirOwn) {
  EXPECT_TRUE(holds(options_));
  for (const char* name : {"carrier", "control", "a", ""}) {
    options_.groups = {"a", name};
    EXPECT_FALSE(holds(options_)) << name;
  }
  options_.groups = {"a"};
  options_.prefixes = {{"none", "x"}};
  EXPECT_FALSE(holds(options_));
  options_.prefixes = {};
  options_.canaries = 1 << 20;
  EXPECT_TRUE(holds(options_));
  options_.groups = {"a", "b"};
  EXPECT_FALSE(holds(options_));
}

TEST_F(Canaries, Conform) {
  ::leakprobe::kit::Conformance conformance{LEAKPROBE_PLUGIN_PATH_FOR_TESTS};
  EXPECT_THAT(::leakprobe::kit::conformance_failures(conformance), IsEmpty());
  Value options = Value::map();
  options.set("path", write("One. Two.\nThree.\n").string());
  options.set("pattern", "{own:3}");
  Value alphabets = Value::map();
  alphabets.set("own", Value(Value::List{" red", " blue", " sky"}));
  options.set("alphabets", std::move(alphabets));
  options.set("groups", Value(Value::List{"often"}));
  options.set("canaries", 3);
  options.set("scored", "all");
  Value prefixes = Value::map();
  prefixes.set("loud", "! ");
  options.set("prefixes", std::move(prefixes));
  conformance.options["task/canary"] = std::move(options);
  EXPECT_THAT(::leakprobe::kit::conformance_failures(conformance), IsEmpty());
}

}  // namespace
}  // namespace leakprobe::canary
