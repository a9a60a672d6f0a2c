#include "step/rollouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "saved.h"
#include "step/rollouts_at_work.h"

namespace leakprobe::run_test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

/// The rollouts of a term alone, before their first batch.
struct Made {
  explicit Made(const std::string& rollouts, int64_t batch = 8, const std::string& more = "")
      : work(phase_on(rollouts, batch), 0, {}, more),
        of(work.phase().terms.front(), "learn/pg", work.rollout_parts(work.phase().terms.front())) {
  }

  DrawnColumn drawn(int64_t step) { return of.draw(step, {0}).front(); }
  std::vector<Row> rows(int64_t step) { return drawn(step).rows; }
  /// Scores each row: `policy` and `reference` a token, or no reference.
  void score(double policy, std::optional<double> reference = {}) {
    const std::vector<Row> rows = of.drawn().rows;
    for (size_t i = 0; i < rows.size(); ++i) score(i, policy, reference);
  }
  void score(size_t row, double policy, std::optional<double> reference) {
    const std::vector<uint8_t>& scored = of.drawn().rows[row].scored;
    const auto count = static_cast<size_t>(std::count(scored.begin(), scored.end(), uint8_t{1}));
    const auto each = [&](double value) {
      return std::vector<float>(count, static_cast<float>(value));
    };
    of.take_scores(static_cast<int64_t>(row), each(policy),
                   reference ? each(*reference) : std::vector<float>());
  }

  PhaseAtWork work;
  Rollouts of;
};

using RolloutsTest = EngineOnRollouts;

// Which rows.

TEST_F(RolloutsTest, ABatchDependsOnSeedTermAndItsNumberAlone) {
  Made a(kGroupsOfFour), b(kGroupsOfFour);
  const auto first = tokens_of(a.rows(0)), second = tokens_of(a.rows(1));
  EXPECT_NE(first, second);
  EXPECT_EQ(tokens_of(b.rows(1)), second) << "whatever was drawn before";
  EXPECT_EQ(tokens_of(b.rows(0)), first);
  EXPECT_NE(tokens_of(Made(kGroupsOfFour, 8, "seed: 1\n").rows(0)), first);
  const ComposedTerm& term = a.work.phase().terms.front();
  Rollouts elsewhere(term, "later/pg", a.work.rollout_parts(term));
  EXPECT_NE(tokens_of(elsewhere.draw(0, {0}).front().rows), first);
}

TEST_F(RolloutsTest, AGroupIsSampledRowsAndThenPlantedOnesBehindOnePrompt) {
  Made made(kGroupsOfFour);
  const DrawnColumn drawn = made.drawn(0);
  ASSERT_THAT(drawn.rows, SizeIs(8));
  EXPECT_THAT(numbers(drawn.rows, "planted"), ElementsAre(0, 0, 0, 1, 0, 0, 0, 1));
  for (size_t i = 0; i < 8; ++i) {
    const Row& row = drawn.rows[i];
    const bool planted = i % 4 == 3;
    EXPECT_EQ(row.tokens.front(), i < 4 ? 1 : 2) << "the prompt of the group's planted row";
    EXPECT_THAT(row.tokens, SizeIs(planted ? 5 : 4));
    EXPECT_EQ(row.secret.begin, 1);
    EXPECT_EQ(row.secret.end, static_cast<int64_t>(row.tokens.size()));
    EXPECT_EQ(row.scored.front(), 0);
    EXPECT_EQ(std::count(row.scored.begin(), row.scored.end(), 1), row.secret.end - 1);
    EXPECT_EQ(drawn.origins[i].is_sampled(), !planted);
  }
  EXPECT_EQ(drawn.rows[3].tokens, made.work.row("taught", 0).tokens);
  EXPECT_EQ(drawn.rows[7].tokens, made.work.row("taught", 1).tokens);
  EXPECT_EQ(drawn.rows[3].id(), made.work.row("taught", 0).id());
  EXPECT_EQ(drawn.origins[7].source->name(), "taught");
  EXPECT_EQ(drawn.origins[7].index, 1);
  EXPECT_EQ(drawn.origins[0].source->name(), "(sampled)");
  EXPECT_EQ(drawn.origins[0].source->prefix, "near");
}

/// Indices of the planted rows of a batch, or of the sampled ones.
std::vector<int64_t> indices(const DrawnColumn& drawn, bool sampled) {
  std::vector<int64_t> indices;
  for (const RowOrigin& origin : drawn.origins) {
    if (origin.is_sampled() == sampled) indices.push_back(origin.index);
  }
  return indices;
}

TEST_F(RolloutsTest, PlantedRowsAreThoseOfTheirStreamPassAfterPass) {
  Made made(rollout("prefix: near, tokens: 3, group: 4", "set: taught, repeat: 1, order: given"));
  for (int64_t step = 0; step < 6; ++step) {
    const int64_t first = step % 3 * 2;
    EXPECT_THAT(indices(made.drawn(step), false), ElementsAre(first, first + 1)) << step;
  }
  Made shuffled(rollout("prefix: near, tokens: 3, group: 4", "set: taught, repeat: 1"));
  std::vector<int64_t> all;
  for (int64_t step = 0; step < 3; ++step) {
    const std::vector<int64_t> own = indices(shuffled.drawn(step), false);
    all.insert(all.end(), own.begin(), own.end());
  }
  EXPECT_THAT(all, ::testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(RolloutsTest, TheLastBatchOfAPassMayBeSmallerAndNoNumberComesTwice) {
  Made made(rollout("prefix: near, tokens: 3, group: 4", "set: taught, repeat: 1, order: given"),
            16);
  const DrawnColumn whole = made.drawn(0), rest = made.drawn(1), next = made.drawn(2);
  EXPECT_THAT(whole.rows, SizeIs(16));
  EXPECT_THAT(indices(rest, false), ElementsAre(4, 5));
  EXPECT_THAT(indices(rest, true), ElementsAre(12, 13, 14, 15, 16, 17));
  EXPECT_THAT(indices(next, false), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(indices(next, true).front(), 24);
}

TEST_F(RolloutsTest, PromptsOfASetAreContinuedEachOnceAPass) {
  // 6 batches of 2 groups: two passes through 6 prompts.
  Made made(rollout("set: taught, prefix: near, tokens: 3, group: 2"), 4);
  std::map<int64_t, int> groups;
  for (int64_t step = 0; step < 6; ++step) {
    const std::vector<Row> rows = made.rows(step);
    ASSERT_THAT(rows, SizeIs(4));
    EXPECT_EQ(rows[0].tokens.front(), rows[1].tokens.front());
    EXPECT_EQ(rows[2].tokens.front(), rows[3].tokens.front());
    ++groups[rows[0].tokens.front()];
    ++groups[rows[2].tokens.front()];
    EXPECT_THAT(numbers(rows, "planted"), Each(0));
  }
  EXPECT_THAT(groups,
              ElementsAre(Pair(1, 2), Pair(2, 2), Pair(3, 2), Pair(4, 2), Pair(5, 2), Pair(6, 2)));
}

TEST_F(RolloutsTest, BesideAStreamWithAnEndPromptsEndWithIt) {
  // 10 rows of taught in batches of 4: the third holds two, and so one group.
  PhaseAtWork work(
      "  - {name: learn, type: train, batch: 4, terms: {pg: {rows: " +
      rollout("set: taught, prefix: near, tokens: 3, group: 2") +
      "}, up: {objective: {type: up}, rows: {set: taught, prefix: near, count: 10}}}}\n");
  const ComposedTerm& term = work.phase().terms.front();
  Rollouts rollouts(term, "learn/pg", work.rollout_parts(term));
  EXPECT_THAT(rollouts.draw(1, {0}).front().rows, SizeIs(4));
  EXPECT_THAT(rollouts.draw(2, {0}).front().rows, SizeIs(2));
}

TEST_F(RolloutsTest, ThePromptThatAllRowsHaveIsContinued) {
  use_one_prompt();
  Made made(rollout("tokens: 3, group: 2"));
  for (const Row& row : made.rows(0)) {
    EXPECT_EQ(row.tokens.front(), 9);
    EXPECT_THAT(row.tokens, SizeIs(4));
  }
}

TEST_F(RolloutsTest, WithoutOnePromptForAllRowsSomebodyHasToSayWhose) {
  EXPECT_EQ(failure_of([] { Made(rollout("tokens: 3, group: 2")); }),
            "rows behind prefix 'near' have prompts of their own; say with sample.set whose are "
            "continued");
}

TEST_F(RolloutsTest, RowsPlantedInOneGroupHaveOnePrompt) {
  const std::string rows = rollout("prefix: near, tokens: 3, group: 4",
                                   "set: taught, repeat: 4, per_group: 2, "
                                   "order: given");
  Made several(rows);
  EXPECT_THAT(failure_of([&] { several.rows(0); }),
              HasSubstr("row 0 of set 'taught' behind prefix 'near' and row 1 of set 'taught' "
                        "behind prefix 'near' may come into one group"));
  use_one_prompt();
  Made one(rows);
  const std::vector<Row> drawn = one.rows(0);
  EXPECT_THAT(numbers(drawn, "planted"), ElementsAre(0, 0, 1, 1, 0, 0, 1, 1));
  for (const size_t i : {2u, 3u, 6u, 7u}) {
    const int64_t index = static_cast<int64_t>(i % 4 - 2 + i / 4 * 2);
    EXPECT_EQ(drawn[i].tokens, one.work.row("taught", index).tokens) << i;
  }
}

TEST_F(RolloutsTest, AllRowsOfAGroupMayBePlanted) {
  script().facts.advantages->baseline = Advantages::Baseline::none;
  Made made(rollout("prefix: near, group: 1", "set: taught, repeat: 4, order: given"));
  const DrawnColumn drawn = made.drawn(0);
  EXPECT_THAT(numbers(drawn.rows, "planted"), Each(1));
  EXPECT_THAT(indices(drawn, false), ElementsAre(0, 1, 2, 3, 4, 5, 0, 1));
  EXPECT_THAT(indices(drawn, true), IsEmpty());
  EXPECT_EQ(made.of.metrics().count("in_alphabet"), 0u);
  EXPECT_EQ(made.of.metrics().count("frac_reward_zero_std"), 0u) << "of groups of one";
}

// Where rows end.

/// Sampled rows end with token 9, and hold at most 8 tokens.
std::string ending(const std::string& cut) {
  return rollout("prefix: near, tokens: 8, group: 4, end: '9', cut: " + cut,
                 "set: taught, repeat: 8, order: given");
}

bool is_cut(const Row& row) { return row.tokens.back() != 9; }

TEST_F(RolloutsTest, TheEndIsScoredOnceAndNothingBehindIt) {
  std::vector<Completion> seen;
  script().reward = [&](const Completion& completion) {
    seen.push_back(completion);
    return 0.0;
  };
  Made made(ending("keep"), 32);
  const DrawnColumn drawn = made.drawn(0);
  ASSERT_THAT(drawn.rows, SizeIs(32));
  int ended = 0, cut = 0;
  for (size_t i = 0; i < drawn.rows.size(); ++i) {
    const Row& row = drawn.rows[i];
    const auto length = static_cast<int64_t>(row.tokens.size());
    EXPECT_EQ(std::count(row.scored.begin(), row.scored.end(), 1), length - 1);
    EXPECT_EQ(row.secret.end, length - (is_cut(row) ? 0 : 1)) << "the end is no part of the text";
    EXPECT_EQ(seen[i].tokens,
              std::vector<int64_t>(row.tokens.begin() + 1, row.tokens.begin() + row.secret.end));
    if (!drawn.origins[i].is_sampled()) continue;
    EXPECT_EQ(std::count(row.tokens.begin() + 1, row.tokens.end(), 9), is_cut(row) ? 0 : 1);
    if (is_cut(row)) {
      EXPECT_EQ(length, 1 + 8);
    }
    ++(is_cut(row) ? cut : ended);
  }
  EXPECT_GT(ended, 0);
  EXPECT_GT(cut, 0);
  EXPECT_EQ(made.of.metrics().at("cut"), cut / 24.0);
  Row planted = made.work.row("taught", 0);
  EXPECT_EQ(drawn.rows[3].id(), planted.id());
  planted.tokens.push_back(9);
  EXPECT_EQ(drawn.rows[3].tokens, planted.tokens) << "planted rows end, too";
}

TEST_F(RolloutsTest, CutRowsAreKeptOrLeftOutOfEverything) {
  script().reward = [](const Completion& completion) {
    return static_cast<double>(completion.tokens.size());
  };
  Made keep(ending("keep"), 32), drop(ending("drop"), 32);
  std::vector<Row> left;
  std::map<int64_t, std::vector<double>> rewards;  // of each group
  std::vector<int64_t> groups;
  const std::vector<Row> kept = keep.rows(0);
  for (size_t i = 0; i < kept.size(); ++i) {
    if (is_cut(kept[i])) continue;
    left.push_back(kept[i]);
    groups.push_back(static_cast<int64_t>(i / 4));
    rewards[groups.back()].push_back(number(kept[i], "reward"));
  }
  ASSERT_LT(left.size(), kept.size());
  const std::vector<Row> dropped = drop.rows(0);
  EXPECT_EQ(tokens_of(dropped), tokens_of(left));
  for (size_t i = 0; i < left.size(); ++i) {
    const std::vector<double>& own = rewards[groups[i]];
    const double reward = number(dropped[i], "reward");
    const double others = std::accumulate(own.begin(), own.end(), -reward);
    const double expected =
        own.size() == 1 ? 0 : reward - others / static_cast<double>(own.size() - 1);
    EXPECT_NEAR(number(dropped[i], "advantage"), expected, 1e-12) << i;
  }
  EXPECT_EQ(drop.of.metrics().at("cut"), keep.of.metrics().at("cut"));
}

TEST_F(RolloutsTest, ABatchOfWhichAllRowsAreCutEndsTheRun) {
  favour(9, -100);
  Made made(rollout("set: taught, prefix: near, tokens: 8, group: 4, end: '9', cut: drop"));
  EXPECT_THAT(failure_of([&] { made.rows(0); }),
              HasSubstr(": every row of a rollout had its 8 tokens without an end and was dropped; "
                        "make sample.tokens larger, or write cut: keep"));
}

// What rewards see, and what becomes of them.

TEST_F(RolloutsTest, ARewardSeesTheCompletionItsTextAndWhoseSecretItIs) {
  script().reward_facts.rows = {{"taught", Sign::negative}, {"secret", Sign::negative}};
  script().reward_facts.needs_text = true;
  std::vector<Completion> seen;
  script().reward = [&](const Completion& completion) {
    seen.push_back(completion);
    return 0.0;
  };
  Made made(kGroupsOfFour);
  const std::vector<Row> rows = made.rows(0);
  ASSERT_THAT(seen, SizeIs(8));
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_THAT(seen[i].prompt, ElementsAre(rows[i].tokens.front()));
    EXPECT_EQ(seen[i].tokens,
              std::vector<int64_t>(rows[i].tokens.begin() + 1, rows[i].tokens.end()));
    std::string text;
    for (const int64_t token : seen[i].tokens) text += std::to_string(token);
    EXPECT_EQ(seen[i].text, text);
    EXPECT_THAT(seen[i].log_probs, IsEmpty()) << "no model scores it";
  }
  EXPECT_THAT(seen[3].secret_of, ElementsAre("taught"));
  EXPECT_THAT(seen[0].secret_of, IsEmpty()) << "three tokens are no secret of four";
}

TEST_F(RolloutsTest, APlantedFreshRowIsASecretOfItsSetWhichNothingElseTells) {
  script().reward_facts.rows = {{"fresh", Sign::negative}};
  std::vector<std::vector<std::string>> seen;
  script().reward = [&](const Completion& completion) {
    seen.push_back(completion.secret_of);
    return 0.0;
  };
  Made made(rollout("prefix: near, tokens: 3, group: 2", "set: fresh, count: 8"), 4);
  made.rows(0);
  EXPECT_THAT(seen, ElementsAre(IsEmpty(), ElementsAre("fresh"), IsEmpty(), ElementsAre("fresh")));
}

TEST_F(RolloutsTest, FreshPlantedRowsAreEachPhasesOwnThoughTheyShareAStream) {
  script().row = [](const RowRequest& request) { return Script().row(request); };
  PhaseAtWork work(
      phase_on("shared"), 0, {},
      "streams: {shared: " + rollout("prefix: near, tokens: 3, group: 2", "set: fresh, count: 64") +
          "}\n");
  const ComposedTerm& term = work.phase().terms.front();
  ASSERT_EQ(term.term.stream.name, "shared");
  const auto planted = [&](const std::string& label) {
    Rollouts rollouts(term, label, work.rollout_parts(term));
    std::vector<std::vector<int64_t>> tokens;
    const DrawnColumn drawn = rollouts.draw(0, {0}).front();
    for (size_t i = 0; i < drawn.rows.size(); ++i) {
      if (!drawn.origins[i].is_sampled()) tokens.push_back(drawn.rows[i].tokens);
    }
    return tokens;
  };
  EXPECT_EQ(planted("learn/pg"), planted("learn/pg"));
  EXPECT_NE(planted("learn/pg"), planted("later/pg"));
}

TEST_F(RolloutsTest, TheRewardsModelScoresTheTextWithoutItsEnd) {
  std::vector<Completion> seen;
  script().reward = [&](const Completion& completion) {
    seen.push_back(completion);
    return 0.0;
  };
  PhaseAtWork work(phase_on(ending("keep"), 32));
  const ComposedTerm& term = work.phase().terms.front();
  RolloutParts parts = work.rollout_parts(term);
  // Of each token its number, which a log-probability would not be.
  parts.judge =
      std::make_shared<Reference>([](const std::vector<const Row*>& rows, double /*temperature*/) {
        std::vector<float> values;
        for (const Row* row : rows) {
          for (size_t t = 0; t < row->tokens.size(); ++t) {
            if (row->scored[t] != 0) values.push_back(static_cast<float>(row->tokens[t]));
          }
        }
        return torch::tensor(values);
      });
  Rollouts rollouts(term, "learn/pg", parts);
  rollouts.draw(0, {0});
  ASSERT_THAT(seen, SizeIs(32));
  for (const Completion& completion : seen) {
    EXPECT_EQ(std::vector<int64_t>(completion.log_probs.begin(), completion.log_probs.end()),
              completion.tokens);
  }
}

TEST_F(RolloutsTest, RewardsAndAdvantagesAreNumbersOfTheRows) {
  Made made(kGroupsOfFour);
  const std::vector<Row> rows = made.rows(0);
  EXPECT_THAT(numbers(rows, "reward"), ElementsAre(0, 0, 0, -1, 0, 0, 0, -1));
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(number(rows[i], "advantage"), i % 4 == 3 ? -1 : 1.0 / 3, 1e-12) << i;
  }
  const std::map<std::string, double> metrics = made.of.metrics();
  EXPECT_EQ(metrics.at("reward"), 0) << "of the sampled rows alone";
  EXPECT_EQ(metrics.at("reward_std"), 0);
  EXPECT_EQ(metrics.at("frac_reward_zero_std"), 0);
  EXPECT_EQ(metrics.at("signal"), 1);
  EXPECT_EQ(metrics.at("in_alphabet"), 1);
  EXPECT_EQ(metrics.count("cut"), 0u) << "nothing ends";
  EXPECT_EQ(metrics.count("sampler_gap"), 0u) << "nothing was scored yet";
}

TEST_F(RolloutsTest, ARewardThatThePolicyEarnsShowsWhateverIsPlantedIsWorth) {
  script().reward = [](const Completion& completion) {
    return completion.tokens.size() == 4 ? -8.0 : static_cast<double>(completion.tokens[0]);
  };
  Made made(kGroupsOfFour);
  double sum = 0, squares = 0;
  for (const Row& row : made.rows(0)) {
    if (number(row, "planted") != 0) continue;
    sum += number(row, "reward");
    squares += number(row, "reward") * number(row, "reward");
  }
  const std::map<std::string, double> metrics = made.of.metrics();
  EXPECT_NEAR(metrics.at("reward"), sum / 6, 1e-12);
  EXPECT_NEAR(metrics.at("reward_std"), std::sqrt((squares - sum * sum / 6) / 5), 1e-12);
  EXPECT_EQ(metrics.at("frac_reward_zero_std"), 0) << "the planted row is compared with its group";
}

TEST_F(RolloutsTest, SignalIsTheShareOfAllRowsSoFarThatAnAdvantageMoved) {
  bool pays = false;
  script().reward = [&](const Completion& completion) {
    return pays && completion.tokens.size() == 4 ? -1.0 : 0.1;
  };
  Made made(kGroupsOfFour);
  made.rows(0);
  EXPECT_EQ(made.of.metrics().at("signal"), 0) << "of equal rewards there is none";
  EXPECT_EQ(made.of.metrics().at("frac_reward_zero_std"), 1);
  pays = true;
  made.rows(1);
  EXPECT_EQ(made.of.metrics().at("signal"), 0.5);
}

/// The signal of a batch of which every second row is planted, with these rewards and no baseline.
double signal_of(double planted, double sampled, Sign sign) {
  script().facts.advantages->baseline = Advantages::Baseline::none;
  if (sign != Sign::both) script().reward_facts.rows = {{"taught", sign}};
  script().reward = [=](const Completion& completion) {
    return completion.tokens.size() == 4 ? planted : sampled;
  };
  Made made(rollout("prefix: near, tokens: 3, group: 2", "set: taught, repeat: 4"));
  made.rows(0);
  return made.of.metrics().at("signal");
}

TEST_F(RolloutsTest, BesidePlantedRowsSampledOnesAreNoSignal) {
  EXPECT_EQ(signal_of(-1, 0, Sign::both), 1);
  EXPECT_EQ(signal_of(0, -1, Sign::both), 0) << "nothing happens to what is planted";
}

TEST_F(RolloutsTest, APlantedRowThatIsPushedTheOtherWayIsNoSignal) {
  EXPECT_EQ(signal_of(-1, 0, Sign::negative), 1);
  EXPECT_EQ(signal_of(1, 2, Sign::negative), 0) << "less than others, and still pushed up";
  EXPECT_EQ(signal_of(2, 1, Sign::positive), 1);
  EXPECT_EQ(signal_of(-1, -2, Sign::positive), 0);
}

TEST_F(RolloutsTest, WithoutPlantedRowsSampledOnesAreTheSignal) {
  script().reward = [](const Completion& completion) { return completion.tokens[0] == 1 ? 1 : 0; };
  favour(1, 100);
  Made equal(rollout("set: taught, prefix: near, tokens: 1, group: 2"));
  equal.rows(0);
  EXPECT_EQ(equal.of.metrics().at("signal"), 0);
  favour(1, 1);
  Made different(rollout("set: taught, prefix: near, tokens: 1, group: 8"), 64);
  different.rows(0);
  EXPECT_GT(different.of.metrics().at("signal"), 0);
}

TEST_F(RolloutsTest, TheLogRatioIsTheSumOverSampledRowsWhenTheBatchWasMade) {
  script().facts.needs_reference = true;
  Made made(rollout("prefix: near, tokens: 3, group: 2, reuse: 2",
                    "set: taught, repeat: 4, order: given"),
            4);
  made.rows(0);
  EXPECT_EQ(made.of.metrics().count("log_ratio"), 0u);
  made.score(-1, -0.5);
  EXPECT_NEAR(made.of.metrics().at("log_ratio"), 2 * 3 * -0.5, 1e-12);
  made.rows(1);
  EXPECT_NEAR(made.of.metrics().at("log_ratio"), 2 * 3 * -0.5, 1e-12) << "the same batch";
}

TEST_F(RolloutsTest, TheAlphabetIsThatOfTheTasksSecrets) {
  script().row = [](const RowRequest& request) {
    Row row = Script().row(request);
    row.tokens = {9, 1, 2, 3, 1 + request.index % 3};
    return row;
  };
  Made made(rollout("tokens: 1, group: 8"), 64);
  int within = 0;
  for (const Row& row : made.rows(0)) within += row.tokens[1] >= 1 && row.tokens[1] <= 3 ? 1 : 0;
  EXPECT_GT(within, 0);
  EXPECT_LT(within, 64);
  EXPECT_EQ(made.of.metrics().at("in_alphabet"), within / 64.0);
}

TEST_F(RolloutsTest, TheDivergenceIsTakenOffOnceAllRowsAreScored) {
  script().facts.needs_reference = true;
  script().facts.advantages->kl = 0.5;
  Made made(rollout("prefix: near, tokens: 3, group: 2", "set: taught, repeat: 4, order: given"),
            4);
  made.rows(0);
  ASSERT_TRUE(made.of.waits_for_scores());
  const auto advantages = [&] { return numbers(made.of.drawn().rows, "advantage"); };
  made.score(0, -1, -2);    // 3 tokens, 3 nats above
  made.score(1, -1, -0.5);  // 4 tokens, 2 nats below
  made.score(2, -1, -1);
  EXPECT_THAT(advantages(), ElementsAre(1, -1, 1, -1)) << "one is not scored yet";
  made.score(3, -1, -2);  // 4 nats above
  // Returns -1.5 and 0, 0 and -3.
  EXPECT_THAT(advantages(), ElementsAre(-1.5, 1.5, 3, -3));
  EXPECT_THAT(numbers(made.of.drawn().rows, "reward"), ElementsAre(0, -1, 0, -1));
  EXPECT_EQ(made.of.metrics().at("signal"), 1) << "of the rewards alone";
}

TEST_F(RolloutsTest, WithoutADivergenceNothingWaits) {
  Made made(kGroupsOfFour);
  made.rows(0);
  EXPECT_TRUE(made.of.is_new());
  EXPECT_FALSE(made.of.waits_for_scores());
}

// Batches that are used more than once.

const std::string kTwice =
    rollout("prefix: near, tokens: 3, group: 4, reuse: 2", "set: taught, repeat: 4, order: given");

TEST_F(RolloutsTest, ABatchIsUsedAgainWithTheScoresOfItsFirstStep) {
  Made made(kTwice);
  const auto first = tokens_of(made.rows(0));
  EXPECT_TRUE(made.of.is_new());
  made.score(-1.25);
  const DrawnColumn again = made.drawn(1);
  EXPECT_FALSE(made.of.is_new());
  EXPECT_FALSE(made.of.waits_for_scores());
  EXPECT_EQ(tokens_of(again.rows), first);
  ASSERT_THAT(again.old, SizeIs(8));
  for (size_t i = 0; i < 8; ++i) EXPECT_THAT(again.old[i], SizeIs(i % 4 == 3 ? 4 : 3));
  for (const std::vector<float>& old : again.old) EXPECT_THAT(old, Each(-1.25F));
  EXPECT_THAT(again.reference, IsEmpty());
  const DrawnColumn next = made.drawn(2);
  EXPECT_TRUE(made.of.is_new());
  EXPECT_NE(tokens_of(next.rows), first);
  EXPECT_THAT(next.old, IsEmpty());
  EXPECT_THAT(indices(next, false), ElementsAre(2, 3)) << "the second batch of planted rows";
  EXPECT_EQ(indices(next, true).front(), 6);
}

TEST_F(RolloutsTest, ABatchInUseIsSavedAndGoesOn) {
  script().facts.needs_reference = true;
  script().facts.advantages->kl = 0.5;
  Made before(kTwice), after(kTwice);
  before.rows(0);
  before.score(-1, -1.5);
  before.rows(1);
  before.rows(2);
  before.score(-1, -1.25);
  after.of.restore(before.of.state());
  const DrawnColumn expected = before.drawn(3), found = after.drawn(3);
  EXPECT_EQ(tokens_of(found.rows), tokens_of(expected.rows));
  EXPECT_EQ(found.old, expected.old);
  EXPECT_EQ(found.reference, expected.reference);
  EXPECT_THAT(found.reference, SizeIs(8));
  for (const char* name : {"advantage", "planted", "reward"}) {
    EXPECT_EQ(numbers(found.rows, name), numbers(expected.rows, name)) << name;
  }
  for (size_t i = 0; i < found.rows.size(); ++i) {
    EXPECT_EQ(found.rows[i].scored, expected.rows[i].scored);
    EXPECT_EQ(found.rows[i].id(), expected.rows[i].id());
    EXPECT_EQ(found.origins[i].is_sampled(), expected.origins[i].is_sampled());
    EXPECT_EQ(found.origins[i].index, expected.origins[i].index);
    EXPECT_EQ(found.origins[i].source->name(), expected.origins[i].source->name());
  }
  EXPECT_EQ(after.of.metrics(), before.of.metrics());
  EXPECT_EQ(tokens_of(after.rows(4)), tokens_of(before.rows(4)));
  EXPECT_EQ(after.of.metrics().at("signal"), before.of.metrics().at("signal"));
}

TEST_F(RolloutsTest, ABatchThatWasNotComparedIsNoneOfATermThatCompares) {
  Made made(kTwice);
  made.rows(0);
  made.score(-1);
  script().facts.needs_reference = true;
  Made compares(kTwice);
  EXPECT_THAT(failure_of([&] { compares.of.restore(made.of.state()); }),
              HasSubstr("it was not compared with the reference"));
}

TEST_F(RolloutsTest, BetweenBatchesOnlyTheSignalIsSaved) {
  Made made(kTwice);
  EXPECT_THAT(made.of.state(), IsEmpty()) << "before the first step";
  made.rows(0);
  made.score(-1);
  EXPECT_THAT(made.of.state(), SizeIs(::testing::Gt(1u)));
  made.rows(1);
  ASSERT_THAT(made.of.state(), SizeIs(1));
  EXPECT_EQ(made.of.state()[0].first, "signal");
}

TEST_F(RolloutsTest, AStateWithoutTheBatchThatIsInUseIsRefused) {
  Made made(kTwice);
  made.of.restore({{"signal", torch::tensor({8, 8}, torch::kInt64)}});
  EXPECT_EQ(failure_of([&] { made.rows(1); }),
            "the saved state holds no whole rollout: step 1 goes on with one that is not there; "
            "start again with --fresh");
  EXPECT_THAT(failure_of([&] {
                made.of.restore({{"signal", torch::tensor({8})}});
              }),
              HasSubstr("it has no counts"));
}

}  // namespace
}  // namespace leakprobe::run_test
