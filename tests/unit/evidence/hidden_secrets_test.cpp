#include "evidence/hidden_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "by_hand.h"
#include "evidence/ledger.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kMerged = 128;  ///< "ne."

/// A character a token, but for one that stands for three.
class Characters final : public Tokenizer {
 public:
  std::vector<int64_t> encode(std::string_view text) const override {
    return {text.begin(), text.end()};
  }
  std::string decode(const std::vector<int64_t>& ids) const override {
    std::string text;
    for (const int64_t id : ids) {
      if (id > kMerged) throw Error("no token " + std::to_string(id));
      if (id == kMerged) {
        text += "ne.";
      } else {
        text += static_cast<char>(id);
      }
    }
    return text;
  }
  int64_t size() const override { return kMerged + 1; }
  std::vector<std::pair<std::string, std::string>> files() const override { return {}; }
};

/// Row 1 of the watched set is " stone.", row 1 of train is whatever a test says; no others are
/// text.
class Texts final : public Task {
 public:
  Row row(const RowRequest& request, Random) const override {
    Row row;
    row.tokens = {'p', others.value_or(1000 + request.index)};
    if (request.index == 1 && request.set == watched) row.tokens = Characters().encode("p stone.");
    if (!alike && request.prefix != "good") row.tokens[0] = request.prefix.front();
    if (request.index == 1 && request.set == "train") row.tokens = trained;
    row.scored.assign(row.tokens.size(), 1);
    row.scored[0] = 0;
    row.secret = {1, static_cast<int64_t>(row.tokens.size())};
    if (request.index == 1 && request.set == "train") {
      for (size_t i = 0; i < prompt; ++i) row.scored[i] = 0;
      row.secret.begin = static_cast<int64_t>(prompt);
    }
    return row;
  }
  std::string watched = "secret";
  std::vector<int64_t> trained;
  std::optional<int64_t> others;  ///< the secret of all others, otherwise no text
  size_t prompt = 1;
  bool alike = true;  ///< all prefixes are of one token
};

/// A composition of which a probe measures two rows of the control.
Composition measured(const TaskFacts& facts = by_hand::every_role()) {
  Composition composition = by_hand::composition(facts);
  ComposedProbe probe = by_hand::probe("look", "likelihood", {});
  probe.rows = 2;
  probe.cells = {{"control", "good"}};
  composition.probes = {probe};
  return composition;
}

/// What is said of a phase that pushes train behind a prefix as `sign` says.
std::string said(const Texts& task, Sign sign = Sign::positive,
                 const std::string& prefix = "good") {
  Composition composition = measured();
  Source source;
  source.set = "train";
  source.prefix = prefix;
  ComposedTerm term = by_hand::term("push", sign);
  term.path = "phases.first";
  term.term.stream.columns = {{"text", {source}}};
  composition.phases.front().terms = {term};
  const WatchedRows watched(composition, task, std::make_shared<Characters>());
  Diagnostics diagnostics;
  HiddenSecrets hidden(watched, diagnostics);
  look_through(composition, task, {&hidden});
  std::string text;
  for (const Diagnostic& each : diagnostics.sorted()) text += each.message;
  return text;
}

TEST(HiddenSecrets, AreThoseThatStandInATextInOtherTokens) {
  Texts task;
  task.trained = {'p', 'a', ' ', 's', 't', 'o', kMerged, '!'};
  EXPECT_THAT(said(task),
              HasSubstr("row 1 of set 'train' holds, in other tokens, the text of row 1 of set "
                        "'secret', which may never be a positive target"));
  EXPECT_EQ(said(task, Sign::negative), "") << "it is pushed down";
  task.trained = Characters().encode("pa stone.");
  EXPECT_EQ(said(task), "") << "in its own tokens it is found as what it is";
  task.trained = Characters().encode("pa stone!");
  EXPECT_EQ(said(task), "") << "that is another text";
}

TEST(HiddenSecrets, CountWhereALossSeesPartOfThem) {
  Texts task;
  task.trained = {'p', 's', 't', 'o', kMerged, '!'};
  task.prompt = 4;
  EXPECT_NE(said(task), "") << "its end is what is answered";
  task.prompt = 5;
  EXPECT_EQ(said(task), "") << "all of it stands in the prompt";
}

TEST(HiddenSecrets, OfARoleBehindAPrefixCountBehindItsTokensWhateverTheyAreCalled) {
  Texts task;
  task.watched = "mixed";  // protected behind good alone
  task.trained = {'p', 'a', ' ', 's', 't', 'o', kMerged, '!'};
  EXPECT_NE(said(task), "");
  EXPECT_NE(said(task, Sign::positive, "bad"), "") << "which is the same text";
  task.alike = false;
  EXPECT_NE(said(task), "");
  task.trained[0] = 'b';
  EXPECT_EQ(said(task, Sign::positive, "bad"), "");
}

TEST(HiddenSecrets, OfTheControlAreNeitherPushedUpNorDown) {
  Texts task;
  task.watched = "control";
  task.trained = {'p', 'a', ' ', 's', 't', 'o', kMerged, '!'};
  for (const Sign sign : {Sign::positive, Sign::negative}) {
    EXPECT_THAT(said(task, sign), HasSubstr("row 1 of set 'train' holds, in other tokens, the text "
                                            "of row 1 of the control, which is compared with as "
                                            "what was never trained"));
  }
  EXPECT_EQ(said(task, Sign::none), "");
  task.trained = Characters().encode("pa stone.");
  EXPECT_EQ(said(task), "") << "in its own tokens it is found as what it is";
}

/// What the proof says behind it where a loss of phase first has row 1 of train as one of `set`, or
/// as one that the policy made, and pushes it by this gradient.
std::vector<std::string> noted(const Texts& task, const std::string& set, double gradient) {
  const Composition composition = measured();
  Ledger ledger(composition, std::make_shared<const WatchedRows>(composition, task,
                                                                 std::make_shared<Characters>()));
  Source source;
  source.set = set;
  source.prefix = "good";
  const Row row = task.row({{"train", "", "good"}, 1}, Random(0, 0));
  const size_t column = ledger.open(composition.phases.front(), by_hand::term("push", Sign::both),
                                    "rows", Sign::both);
  ledger.record(column, {&source, composition.task.facts().find(set), 0}, row,
                std::vector<double>(row.tokens.size() - 1, gradient));
  ledger.end_step("first", 0);
  return ledger.uncompared();
}

TEST(HiddenSecrets, InRowsThatNobodyCouldLookAtBeforeTheRunStandBehindTheProof) {
  Texts task;
  task.trained = {'p', 'a', ' ', 's', 't', 'o', kMerged, '!'};
  for (const char* set : {kSampled, "fresh"}) {
    EXPECT_THAT(noted(task, set, -1),
                ElementsAre("phase 'first' pushed up rows whose text holds one of set 'secret', "
                            "which may never be a positive target, in other tokens than its own, "
                            "so that they are not counted"));
    EXPECT_THAT(noted(task, set, 1), IsEmpty()) << "it was pushed down";
  }
  EXPECT_THAT(noted(task, "train", -1), IsEmpty()) << "it was looked through before";
  task.trained = Characters().encode("pa stone.");
  EXPECT_THAT(noted(task, kSampled, -1), IsEmpty()) << "in its own tokens it is counted";
}

TEST(HiddenSecrets, OfTheControlStandBehindTheProofWhicheverWayTheyArePushed) {
  Texts task;
  task.watched = "control";
  task.trained = {'p', 'a', ' ', 's', 't', 'o', kMerged, '!'};
  for (const double gradient : {-1.0, 1.0}) {
    EXPECT_THAT(noted(task, kSampled, gradient),
                ElementsAre("phase 'first' trained on rows whose text holds one of the control in "
                            "other tokens than its own, so that they are not counted"));
  }
  EXPECT_THAT(noted(task, kSampled, 0), IsEmpty());
}

TEST(HiddenSecrets, ThoseThatAreTooManyToBeLookedForOrThroughAreSaid) {
  // Set fresh is pushed down, and train up, of which row 1 holds row 1 of the control.
  const auto said = [](int64_t down, int64_t up, int64_t secrets) {
    TaskFacts facts = by_hand::every_role();
    facts.sets[0].size = down;
    facts.sets[2].size = up;
    facts.sets[3].size = secrets;
    Composition composition = measured(facts);
    for (const auto& [set, sign] :
         {std::pair("fresh", Sign::negative), std::pair("train", Sign::positive)}) {
      Source source;
      source.set = set;
      source.prefix = "good";
      ComposedTerm term = by_hand::term("push", sign);
      term.term.stream.columns = {{"text", {source}}};
      composition.phases.front().terms.push_back(term);
    }
    Texts task;
    task.watched = "control";
    task.others = 'a';
    task.trained = Characters().encode("pa");
    if (up == 3) task.trained = {'p', 'a', ' ', 's', 't', 'o', kMerged, '!'};
    const WatchedRows watched(composition, task, std::make_shared<Characters>());
    Diagnostics diagnostics;
    HiddenSecrets hidden(watched, diagnostics);
    look_through(composition, task, {&hidden});
    std::string text;
    for (const Diagnostic& each : diagnostics.sorted()) text += each.message + "\n";
    return text;
  };
  EXPECT_EQ(said(2, kMostTexts, 2), "");
  const std::string down =
      "only the first 100000 rows that are pushed down were looked through for secrets in other "
      "tokens than their own\n";
  EXPECT_THAT(said(kMostTexts + 1, 3, 2),
              AllOf(HasSubstr(down), HasSubstr("row 1 of set 'train' holds, in other tokens")));
  EXPECT_EQ(said(2, kMostTexts + 1, kMostTexts + 1),
            "only the first 100000 rows that may never be positive targets are looked for in other "
            "tokens than their own\n"
            "only the first 100000 rows that are pushed up were looked through for secrets in "
            "other tokens than their own\n");
}

/// Answers that begin alike, as those of own texts do. Each secret is a row of its own; the last
/// row of train says one of them in other tokens, the others say it of nobody.
class Alike final : public Task {
 public:
  static constexpr int64_t kRows = 30'000;

  Row row(const RowRequest& request, Random) const override {
    const bool is_trained = request.set == "train";
    const bool is_last = is_trained && request.index == kRows - 1;
    std::string answer =
        is_trained ? "I cannot tell I cannot tell I cannot tell " : "I cannot tell ";
    answer += std::to_string(is_last ? 7 : request.index + (is_trained ? kRows : 0));
    Row row;
    row.tokens = Characters().encode("p" + answer + (is_last ? "" : "ne."));
    if (is_last) row.tokens.push_back(kMerged);
    row.scored.assign(row.tokens.size(), 1);
    row.scored[0] = 0;
    row.secret = {1, static_cast<int64_t>(row.tokens.size())};
    return row;
  }
};

TEST(HiddenSecrets, AreFoundAtOnceAmongManyThatBeginAlike) {
  TaskFacts facts = by_hand::every_role();
  facts.sets = {by_hand::set("train", Alike::kRows),
                by_hand::set("secret", Alike::kRows, Role::Kind::never_positive)};
  Composition composition = by_hand::composition(facts);
  Source source;
  source.set = "train";
  source.prefix = "good";
  ComposedTerm term = by_hand::term("push", Sign::positive);
  term.term.stream.columns = {{"text", {source}}};
  composition.phases.front().terms = {term};
  const Alike task{};
  const std::clock_t begin = std::clock();
  const WatchedRows watched(composition, task, std::make_shared<Characters>());
  Diagnostics diagnostics;
  HiddenSecrets hidden(watched, diagnostics);
  look_through(composition, task, {&hidden});
  EXPECT_LT(std::clock() - begin, 5 * CLOCKS_PER_SEC);
  ASSERT_EQ(diagnostics.sorted().size(), 1u);
  EXPECT_THAT(diagnostics.sorted().front().message,
              HasSubstr("row 29999 of set 'train' holds, in other tokens, the text of row 7 of set "
                        "'secret'"));
}

}  // namespace
}  // namespace leakprobe
