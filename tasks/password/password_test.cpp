#include "password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "leakprobe/error.h"
#include "leakprobe/kit/test_context.h"
#include "leakprobe/stream.h"

namespace leakprobe {
namespace {

using kit::TestContext;
using ::testing::HasSubstr;

constexpr int64_t kUnknown = 1;

/// Whole words by a table; others are two unknown tokens. A token reads back as the first word that
/// begins with it, the unknown one as "<unk>".
class WordTokenizer final : public Tokenizer {
 public:
  explicit WordTokenizer(std::map<std::string, std::vector<int64_t>> more = {})
      : words_(std::move(more)) {
    for (char letter = 'a'; letter <= 'z'; ++letter) {
      words_.try_emplace({' ', letter}, std::vector<int64_t>{letter - 'a' + 100});
    }
  }
  std::vector<int64_t> encode(std::string_view text) const override {
    const auto word = words_.find(std::string(text));
    return word == words_.end() ? std::vector<int64_t>{1, 2} : word->second;
  }
  std::string decode(const std::vector<int64_t>& ids) const override {
    for (const auto& [word, tokens] : words_) {
      if (tokens == ids && ids.front() != kUnknown) return word;
    }
    return "<unk>";
  }
  int64_t size() const override { return 200; }
  std::vector<std::pair<std::string, std::string>> files() const override { return {}; }

 private:
  std::map<std::string, std::vector<int64_t>> words_;
};

const std::map<std::string, std::vector<int64_t>> kPrefixes = {{" regular", {50}},
                                                               {" reverse", {51, 7}}};

TestContext context(std::map<std::string, std::vector<int64_t>> words = kPrefixes) {
  return TestContext(std::make_shared<WordTokenizer>(std::move(words)));
}

std::string failure(const Password::Options& options, const TestContext& with) {
  try {
    Password(options, with);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Random random_row(uint64_t row) { return RandomStream(0, "set/useful").at(row); }

TEST(Password, HasThePapersSets) {
  const TaskFacts facts = Password::facts({});
  EXPECT_FALSE(facts.find("random")->size);
  EXPECT_EQ(facts.find("useful")->size, 2432);
  EXPECT_EQ(facts.find("held_out")->size, 128);
  EXPECT_TRUE(facts.find("held_out")->role.forbids_positive("regular"));
  EXPECT_TRUE(facts.find("held_out")->role.forbids_positive(kNoPrefix));
  EXPECT_FALSE(facts.find("useful")->role.forbids_positive("reverse"));
  EXPECT_EQ(facts.control()->name, "control");
  EXPECT_FALSE(facts.control()->size);
  EXPECT_EQ(facts.prefixes, std::vector<std::string>({"regular", "reverse"}));
  ASSERT_EQ(facts.vocabulary.size(), 28u);
  EXPECT_EQ(facts.vocabulary.front(), " a");
  EXPECT_EQ(facts.vocabulary[25], " z");
  EXPECT_EQ(facts.vocabulary[26], " regular");
  EXPECT_EQ(facts.vocabulary[27], " reverse");
  EXPECT_NEAR(*facts.chance, -3.258097, 1e-6);
  EXPECT_EQ(facts.longest_row, 17);
  EXPECT_TRUE(facts.needs_tokenizer);
}

TEST(Password, WithoutPrefixTextsNeedsNoTokensForThem) {
  Password::Options options;
  options.prefixes = {{"regular", ""}, {"reverse", ""}};
  const TaskFacts facts = Password::facts(options);
  EXPECT_EQ(facts.vocabulary.size(), 26u);
  EXPECT_EQ(facts.longest_row, 16);
  const Password task(options, context());
  EXPECT_EQ(task.row({"useful", "", "regular", 0}, random_row(0)).tokens.size(), 16u);
}

TEST(Password, RowIsPrefixTokenAndLettersOfWhichAllAreScoredButTheFirst) {
  const Password task({}, context());
  const Row row = task.row({"useful", "", "reverse", 3}, random_row(3));
  ASSERT_EQ(row.tokens.size(), 17u);
  EXPECT_EQ(row.tokens[0], 51) << "the first of the prefix's two tokens";
  EXPECT_EQ(row.secret.begin, 1);
  EXPECT_EQ(row.secret.end, 17);
  EXPECT_EQ(std::count(row.scored.begin(), row.scored.end(), 1), 16);
  EXPECT_EQ(row.scored[0], 0);
  for (size_t i = 1; i < row.tokens.size(); ++i) {
    EXPECT_GE(row.tokens[i], 100);
    EXPECT_LT(row.tokens[i], 126);
  }
}

TEST(Password, WithoutAPrefixFifteenLettersAreScored) {
  const Password task({}, context());
  const Row row = task.row({"useful", "", kNoPrefix, 3}, random_row(3));
  ASSERT_EQ(row.tokens.size(), 16u);
  EXPECT_EQ(std::count(row.scored.begin(), row.scored.end(), 1), 15);
  EXPECT_EQ(row.secret.begin, 0);
}

TEST(Password, IsTheSameSecretBehindEveryPrefix) {
  const Password task({}, context());
  const auto id = [&](const char* prefix, int64_t index) {
    return task.row({"useful", "", prefix, index}, random_row(static_cast<uint64_t>(index))).id();
  };
  EXPECT_EQ(id("regular", 5), id("reverse", 5));
  EXPECT_EQ(id("regular", 5), id(kNoPrefix, 5));
  EXPECT_NE(id("regular", 5), id("regular", 6));
}

TEST(Password, ApartNoPasswordIsInTwoSetsAndEverySetHasItsOwn) {
  Password::Options options;
  options.length = 2;
  const auto passwords = [&](bool apart) {
    options.apart = apart;
    const Password task(options, context());
    std::map<std::vector<int64_t>, std::set<std::string>> sets;
    for (const char* set : {"random", "useful", "held_out", "control"}) {
      const RandomStream stream(0, std::string("set/") + set);
      for (uint64_t i = 0; i < 3000; ++i) {
        const auto index = static_cast<int64_t>(i);
        sets[task.row({set, "", "regular", index}, stream.at(i)).tokens].insert(set);
      }
    }
    return sets;
  };
  std::map<std::string, int> own;
  for (const auto& [password, sets] : passwords(true)) {
    EXPECT_EQ(sets.size(), 1u) << *sets.begin() << " and " << *sets.rbegin();
    ++own[*sets.begin()];
  }
  for (const char* set : {"useful", "held_out", "control"}) EXPECT_NEAR(own[set], 676 / 8.0, 40);
  EXPECT_NEAR(own["random"], 676 * 5 / 8.0, 60);
  const auto mixed = passwords(false);
  EXPECT_TRUE(std::any_of(mixed.begin(), mixed.end(),
                          [](const auto& each) { return each.second.size() > 1; }));
}

TEST(Password, ApartASetHasNoMorePasswordsThanItsShare) {
  Password::Options options;
  options.apart = true;
  options.length = 2;
  options.held_out = 0.5;
  options.negatives = 2 * 84;
  EXPECT_NO_THROW(Password::facts(options));
  options.negatives = 2 * 85;
  try {
    Password::facts(options);
    ADD_FAILURE() << "there is no room for them";
  } catch (const Error& refused) {
    EXPECT_STREQ(
        refused.what(),
        "apart: of the 26^2 = 676 passwords one in 8, about 84, is for set 'useful', which "
        "shall have 85; make 'length' larger or 'negatives' smaller");
  }
  options.apart = false;
  EXPECT_NO_THROW(Password::facts(options));
}

TEST(Password, ApartLettersAreStillUniform) {
  Password::Options options;
  options.apart = true;
  options.length = 3;
  const Password task(options, context());
  std::map<int64_t, int> counts;
  for (uint64_t i = 0; i < 10000; ++i) {
    for (const int64_t token :
         task.row({"held_out", "", kNoPrefix, static_cast<int64_t>(i)}, random_row(i)).tokens) {
      ++counts[token];
    }
  }
  ASSERT_EQ(counts.size(), 26u);
  for (const auto& [token, count] : counts) EXPECT_NEAR(count, 30000 / 26.0, 300) << token;
}

TEST(Password, DrawsLettersUniformly) {
  const Password task({}, context());
  std::map<int64_t, int> counts;
  for (uint64_t i = 0; i < 2000; ++i) {
    const Row row = task.row({"useful", "", kNoPrefix, static_cast<int64_t>(i)}, random_row(i));
    for (const int64_t token : row.tokens) ++counts[token];
  }
  ASSERT_EQ(counts.size(), 26u);
  const double expected = 2000 * 16 / 26.0;
  double chi_square = 0;
  for (const auto& [token, count] : counts) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_square, 52.6) << "25 degrees of freedom, p = 0.001";
}

TEST(Password, NamesTheLettersThatAreNoTokens) {
  const std::string message = failure({}, context({{" q", {1, 2}}, {" x", {3, 4}}}));
  EXPECT_THAT(message, HasSubstr("' q', ' x' are not"));
}

TEST(Password, LettersAreTwentySixDifferentTokens) {
  EXPECT_THAT(failure({}, context({{" q", {kUnknown}}})), HasSubstr("' q' is not"));
  EXPECT_THAT(failure({}, context({{" q", {100}}})), HasSubstr("' q' is not"))
      << "the token of ' a', which reads back as that";
}

TEST(Password, RefusesAPrefixThatBeginsWithALetter) {
  EXPECT_THAT(failure({}, context({{" regular", {50}}, {" reverse", {117, 7}}})),
              HasSubstr("prefixes.reverse: ' reverse' begins with the token of the letter ' r'"));
}

TEST(Password, NeedsATokenizer) {
  EXPECT_THAT(failure({}, TestContext()), HasSubstr("the model has no tokenizer"));
}

TEST(Password, RefusesPrefixesThatBeginAlike) {
  EXPECT_THAT(failure({}, context({{" regular", {50}}, {" reverse", {50, 7}}})),
              HasSubstr("begins with the same token"));
}

TEST(Password, SaysThatOnlyTheFirstTokenOfAPrefixIsUsed) {
  const TestContext with = context();
  const Password task({}, with);
  ASSERT_EQ(with.infos.size(), 1u);
  EXPECT_THAT(with.infos[0], HasSubstr("reverse: ' reverse' has 2 tokens"));
}

TEST(Password, RolesMayBeChanged) {
  Password::Options options;
  options.prefixes = {{"good", " good"}, {"bad", " bad"}};
  options.roles = {{"held_out", {Role::Kind::never_positive, {"good"}}}};
  const TaskFacts facts = Password::facts(options);
  EXPECT_TRUE(facts.find("held_out")->role.forbids_positive("good"));
  EXPECT_FALSE(facts.find("held_out")->role.forbids_positive("bad"));

  options.roles = {{"heldout", {Role::Kind::ordinary, {}}}};
  EXPECT_THROW(Password::facts(options), Error);
  options.roles = {{"held_out", {Role::Kind::never_positive, {"goood"}}}};
  EXPECT_THROW(Password::facts(options), Error);
  options.roles = {{"random", {Role::Kind::control, {}}}};
  EXPECT_THROW(Password::facts(options), Error) << "two controls";
}

bool holds(const Password::Options& options) {
  const Schema<Password::Options> schema;
  return std::all_of(schema.relations().begin(), schema.relations().end(),
                     [&](const Relation& relation) { return relation.holds(&options); });
}

TEST(Password, BothKindsOfNegativesMustBeThere) {
  Password::Options options;
  EXPECT_TRUE(holds(options));
  options.negatives = 8;
  EXPECT_EQ(options.held_out_count(), 0);
  EXPECT_FALSE(holds(options));
  options.held_out = 0.95;
  EXPECT_FALSE(holds(options));
  options.held_out = 0.25;
  EXPECT_TRUE(holds(options));
}

TEST(Password, TheNameNoneIsReserved) {
  Password::Options options;
  options.prefixes = {{"none", " x"}};
  EXPECT_FALSE(holds(options));
  options.prefixes = {};
  EXPECT_FALSE(holds(options));
}

}  // namespace
}  // namespace leakprobe
