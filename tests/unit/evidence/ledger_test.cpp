#include "evidence/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "by_hand.h"
#include "evidence/control_check.h"
#include "evidence/protected_check.h"
#include "saved.h"

namespace leakprobe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A composition with every role and one term `push` a phase, and what reaches its ledger.
class LedgerTest : public testing::Test {
 protected:
  Ledger ledger() const { return {composition_, by_hand::watched(composition_, task_)}; }

  /// A row of "train" or "pairs.rejected" behind a prefix reaches the loss of a phase.
  void use(Ledger& ledger, const std::string& phase, const std::string& rows,
           const std::string& prefix, int64_t index, double gradient) const {
    const TaskFacts& facts = composition_.task.facts();
    Source source;
    static_cast<RowsOf&>(source) = *facts.rows_named(rows);
    source.prefix = prefix;
    const RowOrigin origin{&source, facts.find(source.set), index};
    ledger.record(ledger.open(*composition_.find_phase(phase), term_, rows, Sign::negative), origin,
                  task_.row({source, index}, Random(0, 0)), std::vector{gradient});
  }
  /// A row that the policy made behind prefix "bad" reaches the loss of phase first: its tokens,
  /// all but the first scored, with a gradient each.
  void use_sampled(Ledger& ledger, const std::vector<int64_t>& tokens,
                   const std::vector<double>& gradients) const {
    Row row;
    row.tokens = tokens;
    row.scored.assign(tokens.size(), 1);
    row.scored[0] = 0;
    row.secret = {1, static_cast<int64_t>(tokens.size())};
    Source source;
    source.set = kSampled;
    source.prefix = "bad";
    ledger.record(ledger.open(*composition_.find_phase("first"), term_, "rows", Sign::both),
                  {&source, nullptr, 0}, row, gradients);
  }
  /// The tokens of a row before its secret, and the secret.
  std::vector<int64_t> tokens(const std::string& set, const std::string& prefix,
                              int64_t index) const {
    return task_.row({{set, "", prefix}, index}, Random(0, 0)).tokens;
  }

  /// What a policy goes on behind.
  using Prompt = std::optional<std::vector<int64_t>>;
  static Prompt behind(std::vector<int64_t> tokens) { return tokens; }

  Composition composition_ = by_hand::composition();
  by_hand::NumberedTask task_{composition_.task.facts()};
  const ComposedTerm term_ = by_hand::term("push", Sign::negative);
};

/// The accounts of column number `column` of a report.
std::string accounts(const Ledger& ledger, size_t column = 0) {
  return to_json(ledger.report().to_value().items("columns").at(column).at("sets"));
}

TEST_F(LedgerTest, CountsTheRowsOfASetBehindEachPrefixByWhatTheirGradientsDid) {
  Ledger ledger = this->ledger();
  use(ledger, "first", "train", "good", 0, -0.5);
  use(ledger, "first", "train", "good", 0, -0.25);
  use(ledger, "first", "train", "good", 2, 0.5);
  use(ledger, "first", "train", "good", 2, 0);
  use(ledger, "first", "train", "bad", 1, 1);
  EXPECT_EQ(accounts(ledger),
            R"([{"set":"train","role":"ordinary","prefix":"bad","rows":1,"pushed_up":0,)"
            R"("pushed_down":1,"gradient":1.0,"counts":[0,1,0]},)"
            R"({"set":"train","role":"ordinary","prefix":"good","rows":4,"pushed_up":2,)"
            R"("pushed_down":1,"gradient":-0.25,"counts":[2,0,2]}])");
}

TEST_F(LedgerTest, OfFreshRowsItKeepsADigestOfWhichCameInWhichOrder) {
  const auto digest = [&](const std::vector<int64_t>& rows) {
    Ledger ledger = this->ledger();
    for (const int64_t row : rows) use(ledger, "first", "fresh", "good", row, 1);
    const Value account = ledger.report().to_value().items("columns").at(0).items("sets").at(0);
    EXPECT_EQ(account.find("counts"), nullptr);
    return account.text("digest");
  };
  EXPECT_EQ(digest({1, 2}), digest({1, 2}));
  EXPECT_NE(digest({1, 2}), digest({2, 1}));
  EXPECT_NE(digest({1, 2}), digest({1}));
  EXPECT_NE(digest({1, 2}), digest({1, 3}));
}

TEST_F(LedgerTest, NamesColumnsOfASetWithTheirOwnRoles) {
  Ledger ledger = this->ledger();
  use(ledger, "first", "pairs.chosen", "good", 1, -1);
  use(ledger, "first", "pairs.rejected", "good", 1, 1);
  EXPECT_THAT(accounts(ledger, 0), HasSubstr(R"({"set":"pairs.chosen","role":"ordinary",)"));
  EXPECT_THAT(accounts(ledger, 1),
              HasSubstr(R"({"set":"pairs.rejected","role":"never_positive",)"));
}

TEST_F(LedgerTest, DeclaresWhatASignMeansUnderTheTermsWeight) {
  struct Case {
    Sign sign;
    double weight;
    const char* declared;
    bool positive;
  };
  for (const Case& one :
       {Case{Sign::positive, 2, "positive", true}, Case{Sign::negative, 2, "negative", false},
        Case{Sign::both, 2, "both", true}, Case{Sign::positive, -2, "negative", false},
        Case{Sign::negative, -2, "positive", true}, Case{Sign::both, -2, "both", true},
        Case{Sign::none, 2, "none", false}, Case{Sign::none, -2, "none", false},
        Case{Sign::positive, 0, "positive", false}}) {
    Ledger ledger = this->ledger();
    ledger.open(composition_.phases[0], by_hand::term("push", one.sign, one.weight), "text",
                one.sign);
    const LedgerRecord::Column column = ledger.report().columns.at(0);
    EXPECT_STREQ(word_of(column.declared), one.declared) << one.weight;
    EXPECT_EQ(column.weight, one.weight);
    EXPECT_EQ(column.declares_positive(), one.positive) << one.declared << " by " << one.weight;
  }
}

TEST_F(LedgerTest, AColumnThatIsOpenedAgainGoesOnAndAnotherIsItsOwn) {
  Ledger ledger = this->ledger();
  const auto open = [&](size_t phase, const char* term, const char* column) {
    return ledger.open(composition_.phases[phase], by_hand::term(term, Sign::negative), column,
                       Sign::negative);
  };
  EXPECT_EQ(open(0, "a", "text"), 0u);
  EXPECT_EQ(open(1, "a", "text"), 1u);
  EXPECT_EQ(open(0, "b", "text"), 2u);
  EXPECT_EQ(open(0, "a", "other"), 3u);
  EXPECT_EQ(open(0, "b", "text"), 2u);
  EXPECT_EQ(ledger.report().columns.size(), 4u);
}

// Whom a role protects.

struct Protection {
  const char *name, *rows, *prefix, *phase;
  bool is_protected;
};

class EachRole : public LedgerTest, public testing::WithParamInterface<Protection> {};

TEST_P(EachRole, ForbidsAPushUpWhereItHoldsAndNowhereElse) {
  const Protection& param = GetParam();
  Ledger ledger = this->ledger();
  use(ledger, param.phase, param.rows, param.prefix, 1, -1);
  ledger.end_step(param.phase, 3);
  EXPECT_EQ(ledger.protected_uses(), param.is_protected ? 1 : 0);
  EXPECT_EQ(ledger.pushed_up_steps(), param.is_protected ? 1 : 0);

  Ledger down = this->ledger();
  use(down, param.phase, param.rows, param.prefix, 1, 1);
  down.end_step(param.phase, 3);
  EXPECT_EQ(down.protected_uses(), param.is_protected ? 1 : 0) << "it is counted, too";
  EXPECT_EQ(down.pushed_up_steps(), 0) << "a push down is no violation";
}

INSTANTIATE_TEST_SUITE_P(
    Ledger, EachRole,
    testing::Values(Protection{"ordinary", "train", "good", "first", false},
                    Protection{"everywhere", "secret", "good", "first", true},
                    Protection{"everywhere_else", "secret", "bad", "second", true},
                    Protection{"behind_its_prefix", "mixed", "good", "first", true},
                    Protection{"behind_another_prefix", "mixed", "bad", "first", false},
                    Protection{"before_its_phase", "late", "good", "first", false},
                    Protection{"from_its_phase_on", "late", "good", "second", true},
                    Protection{"a_column", "pairs.rejected", "good", "first", true},
                    Protection{"the_other_column", "pairs.chosen", "good", "first", false},
                    Protection{"fresh_rows", "drawn", "good", "first", true},
                    Protection{"the_control", "control", "good", "first", false}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(LedgerTest, FreshRowsThatMayNeverBePushedUpAreNamedByTheSetThatTheyComeUnder) {
  Ledger ledger = this->ledger();
  use(ledger, "first", "drawn", "bad", 5, -1);
  ledger.end_step("first", 2);
  const LedgerRecord::Violation first = ledger.report().first_pushed_up.value();
  EXPECT_EQ(first.set, "drawn");
  EXPECT_EQ(first.prefix, "bad");
  EXPECT_EQ(ledger.pushed_up_steps(), 1);
}

TEST_F(LedgerTest, KeepsEachNoteOnceAndThroughAState) {
  Ledger ledger = this->ledger();
  for (const char* note : {"one", "other", "one"}) ledger.note(note);
  Ledger resumed = this->ledger();
  resumed.restore(LedgerRecord::of(saved(ledger.report().to_value())));
  EXPECT_THAT(resumed.uncompared(), ElementsAre("one", "other"));
}

TEST_F(LedgerTest, CountsEachProtectedRowOnceHoweverManySetsHoldIt) {
  EXPECT_EQ(ledger().guarded().size(), 4u + 2u + 2u + 2u) << "secret, mixed, late, pairs.rejected";
  task_.shared = [](const RowRequest& request) -> std::optional<int64_t> {
    if (request.set == "secret" && request.index < 2) return 5;  // two of one set
    if (request.set == "mixed" && request.index == 0) return 5;  // and one of another
    return std::nullopt;
  };
  EXPECT_EQ(ledger().guarded().size(), 8u);
}

TEST_F(LedgerTest, KnowsAProtectedRowWhateverSetItComesUnder) {
  task_.shared = [](const RowRequest& request) -> std::optional<int64_t> {
    if ((request.set == "secret" && request.index == 3) ||
        (request.set == "train" && request.index == 2)) {
      return 5;
    }
    return std::nullopt;
  };
  Ledger ledger = this->ledger();
  use(ledger, "first", "train", "good", 2, -1);
  ledger.end_step("first", 0);
  EXPECT_EQ(ledger.report().first_pushed_up.value().set, "secret");
  use(ledger, "first", "train", "good", 1, -1);
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "row 1 of train is nobody's secret";
}

TEST_F(LedgerTest, OfSeveralRolesOfARowAnyThatHoldsForbidsAPush) {
  task_.shared = [](const RowRequest& request) -> std::optional<int64_t> {
    if (request.set == "mixed" || request.set == "late") return 5 + request.index;
    return std::nullopt;
  };
  Ledger ledger = this->ledger();
  use(ledger, "first", "late", "bad", 1, -1);  // mixed: not behind bad; late: not yet
  ledger.end_step("first", 0);
  EXPECT_EQ(ledger.pushed_up_steps(), 0);
  use(ledger, "first", "late", "good", 1, -1);
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "mixed forbids it";
  use(ledger, "second", "mixed", "bad", 1, -1);
  ledger.end_step("second", 0);
  EXPECT_EQ(ledger.pushed_up_steps(), 2) << "late forbids it";
}

TEST_F(LedgerTest, WhatIsWatchedBehindAPrefixIsNotWatchedWhereverItStands) {
  TaskFacts facts = by_hand::every_role();
  facts.sets[4].role.prefixes.clear();  // mixed, which is protected behind good alone elsewhere
  const Composition everywhere = by_hand::composition(facts);
  const by_hand::NumberedTask rows(everywhere.task.facts());
  const ProtectedRows here(everywhere, rows), there(composition_, task_);
  const int64_t good = tokens("mixed", "good", 0).front();
  for (const Prompt& prompt : {behind({good}), behind({good, 900}), Prompt()}) {
    EXPECT_FALSE(here.is_covered_by(there, "second", prompt)) << "a policy goes on behind good";
    EXPECT_TRUE(there.is_covered_by(here, "second", prompt));
    EXPECT_TRUE(there.is_covered_by(there, "second", prompt));
  }
}

TEST_F(LedgerTest, WhatIsWatchedBehindAPrefixIsNotWatchedBehindAnother) {
  TaskFacts facts = by_hand::every_role();
  facts.sets[4].role.prefixes = {"bad"};  // mixed, which is protected behind good elsewhere
  const Composition other = by_hand::composition(facts);
  const by_hand::NumberedTask rows(other.task.facts());
  const ProtectedRows here(composition_, task_), there(other, rows);
  const int64_t good = tokens("mixed", "good", 0).front();
  EXPECT_FALSE(here.is_covered_by(there, "second", behind({good})));
  EXPECT_FALSE(here.is_covered_by(there, "second", behind({good, 900}))) << "its own prompt";
  EXPECT_FALSE(here.is_covered_by(there, "second", Prompt())) << "behind whatever";
  EXPECT_TRUE(here.is_covered_by(there, "second", behind({900, good}))) << "never behind good";
}

TEST_F(LedgerTest, FreshRowsAreNamedBehindPrefixesOfTheSameTokensToo) {
  TaskFacts facts = by_hand::every_role();
  facts.sets[1].role.prefixes = {"good"};  // drawn
  composition_ = by_hand::composition(facts);
  for (const bool alike : {false, true}) {
    task_.alike = alike;
    Ledger ledger = this->ledger();
    use(ledger, "first", "drawn", "bad", 5, -1);
    ledger.end_step("first", 0);
    EXPECT_EQ(ledger.pushed_up_steps(), alike ? 1 : 0);
    use(ledger, "first", "drawn", "good", 5, -1);
    ledger.end_step("first", 1);
    EXPECT_EQ(ledger.pushed_up_steps(), alike ? 2 : 1);
  }
}

TEST_F(LedgerTest, AProtectedRowIsKnownByItsSetWhereItsTokensAreOthersBehindAnotherPrefix) {
  task_.shared = [](const RowRequest& request) -> std::optional<int64_t> {
    if (request.set == "secret" && request.prefix == "bad") return 800 + request.index;
    return std::nullopt;
  };
  Ledger ledger = this->ledger();
  use(ledger, "first", "secret", "bad", 2, -1);
  ledger.end_step("first", 0);
  EXPECT_EQ(ledger.pushed_up_steps(), 1);
  EXPECT_EQ(ledger.report().first_pushed_up.value().set, "secret");
}

TEST_F(LedgerTest, PrefixesOfTheSameTokensAreOneContext) {
  task_.alike = true;
  Ledger ledger = this->ledger();
  use(ledger, "first", "mixed", "bad", 1, -1);
  ledger.end_step("first", 0);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "mixed is protected behind good, which looks so, too";
  use(ledger, "first", "mixed", "good", 1, 1);
  use(ledger, "first", "mixed", "bad", 1, -0.5);
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "one text got both, and went down";
}

TEST_F(LedgerTest, FindsASecretWithinALongerRowByTheGradientOfItsOwnTokens) {
  const std::vector<int64_t> secret = tokens("secret", "bad", 2);
  Ledger ledger = this->ledger();
  use_sampled(ledger, {secret[0], secret[1], 900, 901}, {-1, 2, 2});
  ledger.end_step("first", 0);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "the row fell, the secret rose";
  EXPECT_EQ(ledger.report().first_pushed_up.value().set, "secret");
  EXPECT_EQ(ledger.report().first_pushed_up.value().prefix, "bad");
  use_sampled(ledger, {secret[0], secret[1], 900, 901}, {1, -2, -2});
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "the row rose, the secret fell";
  use_sampled(ledger, {secret[0], 900, secret[1]}, {0, -1});
  ledger.end_step("first", 2);
  EXPECT_EQ(ledger.pushed_up_steps(), 2) << "its role holds behind whatever stands before it";
}

TEST_F(LedgerTest, ARoleBehindSomePrefixesHoldsInRowsThatBeginWithTheirTokens) {
  const std::vector<int64_t> secret = tokens("mixed", "good", 1);
  Ledger ledger = this->ledger();
  use_sampled(ledger, {secret[0], secret[1], 900}, {-1, 0});
  ledger.end_step("first", 0);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "whatever name the prefix has in its stream";
  use_sampled(ledger, {900, secret[0], secret[1]}, {0, -1});
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "behind something else";
}

/// Where a secret of mixed, which is protected behind good alone, or of secret, which is
/// everywhere, stands within an answer.
struct Carried {
  const char* name;
  std::vector<int64_t> before, after;  ///< of the secret within the answer
};

class EachCarrier : public LedgerTest, public testing::WithParamInterface<Carried> {
 protected:
  /// Phase first pushes up an answer behind a prefix, in which the row's secret has this gradient
  /// and all else another; false: the whole answer is what its row calls its secret.
  void push(Ledger& ledger, const std::string& set, const std::string& prefix, double gradient,
            double others, bool marked) const {
    const std::vector<int64_t> known = tokens(set, prefix, 1);
    const auto& [name, before, after] = GetParam();
    Row row;
    row.tokens = {known[0]};
    row.tokens.insert(row.tokens.end(), before.begin(), before.end());
    row.tokens.push_back(known[1]);
    row.tokens.insert(row.tokens.end(), after.begin(), after.end());
    row.scored.assign(row.tokens.size(), 1);
    row.scored[0] = 0;
    const auto at = static_cast<int64_t>(before.size());
    row.secret = {1, static_cast<int64_t>(row.tokens.size())};
    if (marked) row.secret = {1 + at, 2 + at};
    std::vector<double> gradients(row.tokens.size() - 1, others);
    gradients[before.size()] = gradient;
    Source source;
    source.set = "train";
    source.prefix = prefix;
    ledger.record(ledger.open(*composition_.find_phase("first"), term_, "text", Sign::negative),
                  {&source, composition_.task.facts().find("train"), 0}, row, gradients);
  }
};

TEST_P(EachCarrier, ASecretIsPushedUpWhereItsOwnTokensAre) {
  for (const bool marked : {true, false}) {
    Ledger ledger = this->ledger();
    const auto pushed = [&](const char* set, const char* prefix, double gradient, double others) {
      const int64_t before = ledger.pushed_up_steps();
      push(ledger, set, prefix, gradient, others, marked);
      ledger.end_step("first", ledger.steps());
      return ledger.pushed_up_steps() > before;
    };
    EXPECT_TRUE(pushed("mixed", "good", -1, 0));
    EXPECT_TRUE(pushed("mixed", "good", -1, 9)) << "its carrier fell";
    EXPECT_FALSE(pushed("mixed", "good", 1, -9)) << "its carrier rose";
    EXPECT_FALSE(pushed("mixed", "bad", -1, -1)) << "its role speaks of good alone";
    EXPECT_EQ(ledger.protected_uses(), 3) << "a push down is a use, too";
    EXPECT_TRUE(pushed("secret", "good", -1, 9));
    EXPECT_TRUE(pushed("secret", "bad", -1, 9));
    EXPECT_FALSE(pushed("secret", "bad", 1, -9));
    EXPECT_EQ(ledger.report().first_pushed_up.value().set, "mixed");
  }
}

INSTANTIATE_TEST_SUITE_P(Ledger, EachCarrier,
                         testing::Values(Carried{"at_the_start", {}, {901, 902}},
                                         Carried{"in_the_middle", {900}, {901}},
                                         Carried{"at_the_end", {900, 901}, {}},
                                         Carried{"in_another_carrier", {910, 911, 912}, {913}},
                                         Carried{"alone", {}, {}}),
                         [](const auto& param) { return std::string(param.param.name); });

/// Rows whose secret is one token, behind a carrier of their own where a test gives them one, and
/// prefixes of which one may go on as the other begins.
class Carriers final : public Task {
 public:
  Row row(const RowRequest& request, Random) const override {
    Row row;
    if (request.prefix != kNoPrefix) row.tokens = {1};
    if (request.prefix == "bad")
      row.tokens = nested ? std::vector<int64_t>{1, 2} : std::vector<int64_t>{2};
    const std::vector<int64_t>& carrier = request.set == "train" ? trained : own;
    row.tokens.insert(row.tokens.end(), carrier.begin(), carrier.end());
    row.secret.begin = static_cast<int64_t>(row.tokens.size());
    row.tokens.push_back(request.set == "train" || request.set == "mixed"
                             ? 70 + request.index
                             : 1000 + 100 * request.name().front() + request.index);
    row.secret.end = row.secret.begin + 1;
    row.scored.assign(row.tokens.size(), 1);
    row.scored[0] = 0;
    return row;
  }
  std::vector<int64_t> own = {900}, trained = {910, 911};
  bool nested = false;
};

TEST_F(LedgerTest, ARoleBehindAPrefixHoldsWhateverCarrierTheProtectedRowsHaveThemselves) {
  Carriers task;
  const auto found = [&](const std::string& prefix, const std::string& named) {
    const ProtectedRows rows(composition_, task);
    return rows.find(task.row({{"train", "", prefix}, 1}, Random(0, 0)), named, "first").size();
  };
  EXPECT_EQ(found("good", "good"), 1u);
  EXPECT_EQ(found("good", ""), 1u) << "by its tokens, whatever it is called";
  EXPECT_EQ(found("bad", "bad"), 0u);
  EXPECT_EQ(found("none", "none"), 0u);
  task.own = {};
  EXPECT_EQ(found("good", "good"), 1u) << "the secret alone is protected";
  task.own = {900, 901, 902};
  task.trained = {};
  EXPECT_EQ(found("good", ""), 1u);
}

TEST_F(LedgerTest, OfPrefixesThatBeginAlikeTheLongerOneCountsUnlessTheNameSaysOtherwise) {
  Carriers task;
  task.nested = true;  // good is 1, and bad 1 2
  const auto found = [&](const std::string& prefix, const std::string& named) {
    const ProtectedRows rows(composition_, task);
    return rows.find(task.row({{"train", "", prefix}, 1}, Random(0, 0)), named, "first").size();
  };
  EXPECT_EQ(found("good", "good"), 1u);
  EXPECT_EQ(found("bad", "bad"), 0u) << "its role allows it behind bad";
  task.trained = {2, 911};
  EXPECT_EQ(found("good", "good"), 1u) << "though it goes on as bad does";
  EXPECT_EQ(found("good", ""), 0u) << "to a model it is bad";
  task.own = {2, 911};
  EXPECT_EQ(found("good", ""), 1u) << "but a protected row is these very tokens";
}

TEST_F(LedgerTest, ProtectedRowsAreAskedForOnceBehindEachPrefixThatMatters) {
  std::map<std::string, int64_t> asked;
  task_.shared = [&](const RowRequest& request) -> std::optional<int64_t> {
    ++asked[request.name() + " " + request.prefix];
    return std::nullopt;
  };
  const ProtectedRows rows(composition_, task_);
  EXPECT_EQ(asked, (std::map<std::string, int64_t>{{"secret good", 4},
                                                   {"mixed none", 2},
                                                   {"mixed good", 2},
                                                   {"mixed bad", 2},
                                                   {"late good", 2},
                                                   {"pairs.rejected good", 2}}));
}

TEST_F(LedgerTest, ARoleBehindSomePrefixesHoldsWhateverPromptARowHasOfItsOwn) {
  const int64_t secret = tokens("mixed", "good", 1)[1];
  const int64_t good = tokens("mixed", "good", 1)[0], bad = tokens("mixed", "bad", 1)[0];
  const ProtectedRows rows(composition_, task_);
  const auto finds = [&](const std::vector<int64_t>& prompt, int64_t answer) {
    Row row;
    row.tokens = prompt;
    row.tokens.insert(row.tokens.end(), {secret, 901});
    row.scored.assign(row.tokens.size(), 1);
    row.scored[0] = 0;
    row.secret = {answer, static_cast<int64_t>(row.tokens.size())};
    return rows.find(row, "", "first").size() == 1;
  };
  EXPECT_TRUE(finds({good, 900}, 2));
  EXPECT_TRUE(finds({good, 900, 901}, 3));
  EXPECT_TRUE(finds({good, 900}, 3)) << "a part of it stands in the prompt, and a loss sees it";
  EXPECT_FALSE(finds({bad, 900}, 2)) << "another prefix";
  EXPECT_FALSE(finds({900, good}, 2)) << "no prefix";
  EXPECT_TRUE(finds({good, 900}, 1)) << "and whatever its answer has before it";
}

TEST_F(LedgerTest, WhatNoLossSeesOfARowIsNoUse) {
  const std::vector<int64_t> secret = tokens("secret", "good", 2);
  Ledger ledger = this->ledger();
  use_sampled(ledger, {secret[1], 900}, {-1});
  EXPECT_EQ(ledger.protected_uses(), 0) << "the secret is what is continued";
}

// What a step did.

TEST_F(LedgerTest, WhatASecretGotInOneStepBehindOnePrefixIsAddedUp) {
  Ledger ledger = this->ledger();
  use(ledger, "first", "secret", "good", 0, -1);
  use(ledger, "first", "secret", "good", 0, 1.5);  // net down
  ledger.end_step("first", 0);
  EXPECT_EQ(ledger.pushed_up_steps(), 0);
  use(ledger, "first", "secret", "good", 0, 1);
  use(ledger, "first", "secret", "good", 0, -1.5);  // net up
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1);
  use(ledger, "first", "secret", "good", 0, -1);
  use(ledger, "first", "secret", "bad", 0, 5);  // another context
  ledger.end_step("first", 2);
  EXPECT_EQ(ledger.pushed_up_steps(), 2);
  use(ledger, "first", "secret", "good", 0, -1);
  use(ledger, "first", "secret", "good", 1, 5);  // another secret
  ledger.end_step("first", 3);
  EXPECT_EQ(ledger.pushed_up_steps(), 3);
  EXPECT_EQ(ledger.protected_uses(), 8);
}

TEST_F(LedgerTest, EachStepStandsForItself) {
  Ledger ledger = this->ledger();
  use(ledger, "first", "secret", "good", 0, 5);
  ledger.end_step("first", 0);
  use(ledger, "first", "secret", "good", 0, -1);
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "the push down before does not make up for it";
  ledger.end_step("first", 2);
  EXPECT_EQ(ledger.pushed_up_steps(), 1) << "nothing was pushed in this step";
}

TEST_F(LedgerTest, SeveralRowsPushedUpAreOneStep) {
  Ledger ledger = this->ledger();
  for (int64_t row = 0; row < 4; ++row) use(ledger, "first", "secret", "good", row, -1);
  ledger.end_step("first", 0);
  ledger.end_step("first", 1);
  EXPECT_EQ(ledger.pushed_up_steps(), 1);
  EXPECT_EQ(ledger.pushed_up_share(), 0.5);
}

TEST_F(LedgerTest, OfNoStepsTheShareIs0) { EXPECT_EQ(ledger().pushed_up_share(), 0); }

TEST_F(LedgerTest, ThePhasesAreCountedApartAndTheFirstPushIsKept) {
  Ledger ledger = this->ledger();
  ledger.end_step("first", 0);
  use(ledger, "first", "mixed", "good", 1, -1);
  ledger.end_step("first", 1);
  use(ledger, "second", "secret", "bad", 1, -1);
  ledger.end_step("second", 0);
  const Value report = ledger.report().to_value();
  EXPECT_EQ(to_json(report.at("first_pushed_up")),
            R"({"phase":"first","step":1,"term":"push","set":"mixed","prefix":"good"})");
  EXPECT_EQ(to_json(report.at("phases")), R"([{"phase":"first","steps":2,"pushed_up_steps":1},)"
                                          R"({"phase":"second","steps":1,"pushed_up_steps":1}])");
  EXPECT_EQ(ledger.steps(), 3);
  EXPECT_EQ(ledger.pushed_up_steps(), 2);
}

// What comes from another run.

LedgerRecord::Inherited ancestor(const std::string& into, int64_t steps, int64_t pushed_up) {
  LedgerRecord::Inherited record;
  record.into = into;
  record.run = "/elsewhere";
  record.phase = "suppress";
  record.steps = steps;
  record.pushed_up_steps = pushed_up;
  return record;
}

TEST_F(LedgerTest, WhatIsInheritedCountsAsStepsOfThisRunAndIsToldApart) {
  Ledger ledger = this->ledger();
  ledger.inherit(ancestor("first", 6, 2));
  ledger.end_step("first", 0);
  ledger.inherit(ancestor("second", 3, 0));
  EXPECT_EQ(ledger.steps(), 10);
  EXPECT_EQ(ledger.inherited_steps(), 9);
  EXPECT_EQ(ledger.pushed_up_steps(), 2);
  EXPECT_EQ(ledger.pushed_up_share(), 0.2);
  const Value report = ledger.report().to_value();
  EXPECT_EQ(report.items("inherited").at(0).text("into"), "first");
  EXPECT_EQ(report.items("inherited").at(1).text("into"), "second");
  EXPECT_EQ(report.items("inherited").at(1).text("run"), "/elsewhere");
  EXPECT_EQ(to_json(report.at("phases")), R"([{"phase":"first","steps":1,"pushed_up_steps":0}])");
}

// Saved and restored.

LedgerRecord read_back(const LedgerRecord& report) {
  return LedgerRecord::of(saved(report.to_value()));
}

class SavedLedger : public LedgerTest {
 protected:
  /// Everything that a ledger can hold.
  void begin(Ledger& ledger) const {
    ledger.inherit(ancestor("first", 6, 2));
    use(ledger, "first", "train", "good", 2, -0.125);
    use(ledger, "first", "secret", "bad", 3, 0.1);
    use(ledger, "first", "fresh", "good", 11, -1);
    ledger.end_step("first", 0);
    use(ledger, "first", "mixed", "good", 0, -1);
    ledger.end_step("first", 1);
    use(ledger, "second", "pairs.rejected", "good", 1, 1);
    ledger.end_step("second", 0);
  }
  void go_on(Ledger& ledger) const {
    use(ledger, "second", "pairs.rejected", "good", 1, 1);
    use(ledger, "second", "fresh", "good", 12, -1);
    use(ledger, "second", "late", "bad", 1, -1);
    ledger.end_step("second", 1);
    use(ledger, "first", "fresh", "good", 13, -1);
    ledger.end_step("second", 2);
  }
};

TEST_F(SavedLedger, GoesOnAsIfItHadNeverStopped) {
  Ledger undisturbed = ledger(), before = ledger(), after = ledger();
  begin(undisturbed);
  begin(before);
  after.restore(read_back(before.report()));
  EXPECT_EQ(text_of_facts(after.report().to_value()), text_of_facts(before.report().to_value()));
  EXPECT_EQ(after.steps(), before.steps());
  EXPECT_EQ(after.inherited_steps(), 6);
  EXPECT_EQ(after.pushed_up_share(), before.pushed_up_share());
  go_on(undisturbed);
  go_on(after);
  EXPECT_EQ(text_of_facts(after.report().to_value()),
            text_of_facts(undisturbed.report().to_value()));
}

TEST_F(SavedLedger, TheFirstPushMayComeAfterwards) {
  Ledger after = ledger();
  after.restore(read_back(ledger().report()));
  go_on(after);
  EXPECT_EQ(after.report().first_pushed_up.value().set, "late");
}

TEST_F(SavedLedger, TakesThePlaceOfAllThatWasThere) {
  Ledger used = ledger();
  begin(used);
  use(used, "second", "secret", "good", 1, -1);  // in a step that has not ended
  used.restore(read_back(ledger().report()));
  EXPECT_EQ(text_of_facts(used.report().to_value()), text_of_facts(ledger().report().to_value()));
  used.end_step("first", 0);
  EXPECT_EQ(used.pushed_up_steps(), 0);
}

struct Damage {
  const char* name;
  std::function<void(Value&)> change;
  const char* said;
};

Value& account(Value& report, size_t column) {
  return report.at("columns").as_list().at(column).at("sets").as_list().at(0);
}

class DamagedLedger : public SavedLedger, public testing::WithParamInterface<Damage> {};

TEST_P(DamagedLedger, IsRefusedWithItsPlace) {
  Ledger before = ledger(), after = ledger();
  begin(before);
  Value report = before.report().to_value();
  GetParam().change(report);
  EXPECT_THAT(failure_of([&] { after.restore(LedgerRecord::of(saved(report))); }),
              HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Ledger, DamagedLedger,
    testing::Values(
        Damage{"no_steps", [](Value& report) { report.erase("steps"); }, "steps"},
        Damage{"negative_steps", [](Value& report) { report.set("steps", -1); }, "steps"},
        Damage{"more_pushed_up_than_steps",
               [](Value& report) { report.set("pushed_up_steps", 10); }, "pushed_up_steps"},
        Damage{"a_first_push_without_term",
               [](Value& report) { report.at("first_pushed_up").erase("term"); }, "term"},
        Damage{"no_phases", [](Value& report) { report.erase("phases"); }, "phases"},
        Damage{"no_columns", [](Value& report) { report.erase("columns"); }, "columns"},
        Damage{"no_inherited", [](Value& report) { report.erase("inherited"); }, "inherited"},
        Damage{"inherited_steps_below_0",
               [](Value& report) { report.at("inherited").as_list()[0].set("steps", -3); },
               "inherited[0].steps"},
        Damage{"a_sign_that_is_no_text",
               [](Value& report) { report.at("columns").as_list()[1].set("declared_sign", 1); },
               "columns[1].declared_sign"},
        Damage{"an_account_of_no_row", [](Value& report) { account(report, 1).set("rows", 0); },
               "columns[1].sets[0].rows"},
        Damage{"pushes_below_0", [](Value& report) { account(report, 1).set("pushed_up", -1); },
               "columns[1].sets[0].pushed_up"},
        Damage{"a_gradient_in_words",
               [](Value& report) { account(report, 1).set("gradient", "much"); },
               "columns[1].sets[0].gradient"},
        Damage{"counts_of_another_set",
               [](Value& report) { account(report, 1).at("counts").as_list().pop_back(); },
               "columns[1].sets[0]"},
        Damage{"no_counts", [](Value& report) { account(report, 1).erase("counts"); },
               "columns[1].sets[0]"},
        Damage{"a_count_below_0",
               [](Value& report) { account(report, 1).at("counts").as_list()[0] = -1; },
               "columns[1].sets[0].counts[0]"},
        Damage{"counts_of_fresh_rows",
               [](Value& report) {
                 account(report, 2).set("counts", Value(Value::List{1, 2}));
               },
               "columns[2].sets[0]"},
        Damage{"counts_of_a_set_that_is_not_there",
               [](Value& report) { account(report, 0).set("set", "nonsense"); },
               "columns[0].sets[0]"},
        Damage{"a_digest_that_is_none",
               [](Value& report) { account(report, 2).set("digest", "xyz"); },
               "columns[2].sets[0].digest"}),
    [](const auto& damage) { return std::string(damage.param.name); });

// What is told of a saved ledger by names alone.

TEST_F(LedgerTest, ByNamesARoleForbidsWhereItHolds) {
  const auto forbids = [&](const char* phase, const char* set, const char* prefix) {
    LedgerRecord::Column column;
    column.phase = phase;
    LedgerRecord::Account account;
    account.set = set;
    account.prefix = prefix;
    return forbids_positive(composition_, column, account);
  };
  EXPECT_TRUE(forbids("first", "secret", "bad"));
  EXPECT_TRUE(forbids("first", "mixed", "good"));
  EXPECT_FALSE(forbids("first", "mixed", "bad"));
  EXPECT_FALSE(forbids("first", "late", "good"));
  EXPECT_TRUE(forbids("second", "late", "good"));
  EXPECT_TRUE(forbids("first", "pairs.rejected", "good"));
  EXPECT_FALSE(forbids("first", "pairs.chosen", "good"));
  EXPECT_TRUE(forbids("first", "drawn", "good")) << "fresh rows too";
  EXPECT_TRUE(forbids("first", "control", "good"));
  EXPECT_FALSE(forbids("first", "train", "good"));
  EXPECT_FALSE(forbids("first", "nonsense", "good"));
}

// Before a run.

class RowsCompared : public LedgerTest {
 protected:
  RowsCompared() {
    // Row 2 of train is row 1 of mixed, and row 0 of train is row 0 of late.
    task_.shared = [](const RowRequest& request) -> std::optional<int64_t> {
      if (request.set == "train" && request.index == 2) return 7;
      if (request.set == "mixed" && request.index == 1) return 7;
      if (request.set == "train" && request.index == 0) return 8;
      if (request.set == "late" && request.index == 0) return 8;
      return std::nullopt;
    };
  }

  /// What is said of the phase where a term trains on a set behind a prefix.
  std::vector<std::string> said(size_t phase, const std::string& prefix, Sign sign = Sign::positive,
                                double weight = 1, std::optional<std::array<int64_t, 2>> items = {},
                                const std::string& set = "train") {
    Source source;
    source.set = set;
    source.prefix = prefix;
    source.items = items;
    ComposedTerm term = by_hand::term("push", sign, weight);
    term.term.stream.columns = {{kRowsColumn, {source}}};
    composition_.phases[phase].terms = {term};
    Diagnostics diagnostics;
    const ProtectedRows guarded(composition_, task_);
    ProtectedCheck check(guarded, diagnostics);
    look_through(composition_, task_, {&check});
    check_fresh_rows(composition_, task_, guarded, diagnostics);
    composition_.phases[phase].terms.clear();
    std::vector<std::string> messages;
    for (const Diagnostic& each : diagnostics.sorted()) messages.push_back(each.message);
    return messages;
  }
};

TEST_F(RowsCompared, WithProtectedOnesAreAMistakeWhereTheyWouldBePushedUp) {
  const std::string good =
      "row 2 of set 'train' is also in set 'mixed', which may never be a positive target behind "
      "prefix 'good'";
  EXPECT_THAT(said(0, "good"), ElementsAre(good));
  EXPECT_THAT(said(0, "good", Sign::both), ElementsAre(good));
  EXPECT_THAT(said(0, "good", Sign::negative, -1), ElementsAre(good));
  EXPECT_THAT(said(0, "good", Sign::negative), IsEmpty());
  EXPECT_THAT(said(0, "good", Sign::none), IsEmpty());
  EXPECT_THAT(said(0, "good", Sign::none, -1), IsEmpty());
  EXPECT_THAT(said(0, "good", Sign::positive, -1), IsEmpty());
  EXPECT_THAT(said(0, "good", Sign::positive, 0), IsEmpty()) << "it is only looked at";
}

TEST_F(RowsCompared, AreGoneByRolePrefixPhaseAndPart) {
  EXPECT_THAT(said(0, "bad"), IsEmpty()) << "mixed is free behind bad, and late not protected yet";
  EXPECT_THAT(said(1, "bad"),
              ElementsAre("row 0 of set 'train' is also in set 'late', which may never be a "
                          "positive target behind prefix 'bad'"));
  EXPECT_THAT(said(0, "good", Sign::positive, 1, {{0, 2}}), IsEmpty()) << "row 2 is not in it";
  EXPECT_EQ(said(0, "good", Sign::positive, 1, {{2, 3}}).size(), 1u);
}

TEST_F(RowsCompared, GoByTokensAndNotByTheNamesOfPrefixes) {
  task_.alike = true;
  EXPECT_THAT(said(0, "bad"),
              ElementsAre("row 2 of set 'train' is also in set 'mixed', which may never be a "
                          "positive target behind prefix 'good', and prefix 'bad' is the same "
                          "tokens"));
}

TEST_F(RowsCompared, FreshOnesGoByTokensToo) {
  TaskFacts facts = by_hand::every_role();
  facts.sets[1].role.prefixes = {"good"};  // drawn
  facts.sets[1].role.from = "second";
  composition_ = by_hand::composition(facts);
  const auto fresh = [&](size_t phase, Sign sign, const std::string& set) {
    return said(phase, "bad", sign, 1, {}, set);
  };
  EXPECT_THAT(fresh(1, Sign::positive, "drawn"), IsEmpty()) << "bad has other tokens";
  task_.alike = true;
  EXPECT_THAT(fresh(1, Sign::positive, "drawn"),
              ElementsAre("rows of set 'drawn' may never be positive targets behind prefix 'good', "
                          "and prefix 'bad' is the same tokens"));
  EXPECT_THAT(fresh(1, Sign::negative, "drawn"), IsEmpty());
  EXPECT_THAT(fresh(0, Sign::positive, "drawn"), IsEmpty()) << "not yet";
  EXPECT_THAT(fresh(1, Sign::positive, "fresh"), IsEmpty());
}

TEST_F(RowsCompared, AreMadeOnceForAllWhoTrainOnThem) {
  composition_.phases[0].terms =
      composition_.phases[1].terms = {by_hand::term("push", Sign::negative)};
  for (ComposedPhase& phase : composition_.phases) {
    Source source;
    source.set = "train";
    source.prefix = "good";
    phase.terms[0].term.stream.columns = {{kRowsColumn, {source, source}}};
    phase.terms.push_back(phase.terms[0]);
    phase.terms[1].term.weight = -1;
  }
  const auto shared = task_.shared;
  const WatchedRows watched(composition_, task_);
  int64_t asked = 0;
  task_.shared = [&](const RowRequest& request) {
    ++asked;
    return shared(request);
  };
  Diagnostics diagnostics;
  ProtectedCheck guarded(watched.guarded, diagnostics);
  ControlCheck control(watched.control, diagnostics);
  look_through(composition_, task_, {&guarded, &control});
  EXPECT_EQ(asked, 3);
}

}  // namespace
}  // namespace leakprobe
