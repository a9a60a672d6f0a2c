#include "evidence/hidden_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "by_hand.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

using ::testing::HasSubstr;

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

/// What is said of a phase that pushes train behind a prefix as `sign` says.
std::string said(const Texts& task, Sign sign = Sign::positive,
                 const std::string& prefix = "good") {
  Composition composition = by_hand::composition();
  ComposedProbe probe = by_hand::probe("look", "likelihood", {});
  probe.rows = 2;
  probe.cells = {{"control", "good"}};
  composition.probes = {probe};
  Source source;
  source.set = "train";
  source.prefix = prefix;
  ComposedTerm term = by_hand::term("push", sign);
  term.path = "phases.first";
  term.term.stream.columns = {{"text", {source}}};
  composition.phases.front().terms = {term};
  const Characters tokenizer;
  SecretTexts texts(tokenizer);
  const WatchedRows watched(composition, task, texts.seen());
  Diagnostics diagnostics;
  HiddenSecrets hidden(watched, texts, diagnostics);
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

TEST(HiddenSecrets, ThoseThatAreTooManyToBeLookedForOrThroughAreSaid) {
  const auto said = [](int64_t trained, int64_t secrets) {
    TaskFacts facts = by_hand::every_role();
    facts.sets[2].size = trained;  // train
    facts.sets[3].size = secrets;  // secret
    Composition composition = by_hand::composition(facts);
    Source source;
    source.set = "train";
    source.prefix = "good";
    ComposedTerm term = by_hand::term("push", Sign::positive);
    term.term.stream.columns = {{"text", {source}}};
    composition.phases.front().terms = {term};
    Texts task;
    task.trained = Characters().encode("pa");
    task.others = 'a';
    const Characters tokenizer;
    SecretTexts texts(tokenizer);
    const WatchedRows watched(composition, task, texts.seen());
    Diagnostics diagnostics;
    HiddenSecrets hidden(watched, texts, diagnostics);
    look_through(composition, task, {&hidden});
    std::string text;
    for (const Diagnostic& each : diagnostics.sorted()) text += each.message;
    return text;
  };
  EXPECT_EQ(said(kMostTexts, 2), "");
  EXPECT_EQ(said(kMostTexts + 1, kMostTexts + 1),
            "only the first 100000 rows that may never be positive targets are looked for in other "
            "tokens than their own"
            "only the first 100000 rows that are trained on were looked through for secrets in "
            "other tokens than their own");
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
  const Characters tokenizer;
  const std::clock_t begin = std::clock();
  SecretTexts texts(tokenizer);
  const WatchedRows watched(composition, task, texts.seen());
  Diagnostics diagnostics;
  HiddenSecrets hidden(watched, texts, diagnostics);
  look_through(composition, task, {&hidden});
  EXPECT_LT(std::clock() - begin, 5 * CLOCKS_PER_SEC);
  ASSERT_EQ(diagnostics.sorted().size(), 1u);
  EXPECT_THAT(diagnostics.sorted().front().message,
              HasSubstr("row 29999 of set 'train' holds, in other tokens, the text of row 7 of set "
                        "'secret'"));
}

}  // namespace
}  // namespace leakprobe
