#include "compose/rollouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "compose/columns.h"
#include "compose/digest.h"
#include "compose/rollout_reader.h"
#include "compose/stub_plugins.h"

namespace leakprobe::compose_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPunished = "reward: {type: worth}";

/// An experiment with one term of objective `gain`. `phase` and `term` are further keys, each with
/// a comma behind it.
std::string on(const std::string& rows, const std::string& phase = "", const std::string& term = "",
               const std::string& task = "{type: words}") {
  return "model: {type: net}\ntask: " + task + "\nphases:\n  - {type: train, " + phase +
         "terms: {t: {objective: {type: gain}, " + term + "rows: " + rows + "}}}\n";
}

Composition made(const std::string& text) {
  Diagnostics diagnostics;
  auto composition = composed(text, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) ADD_FAILURE() << diagnostic.text();
  return composition ? *std::move(composition) : Composition();
}

/// Of its first phase.
ComposedTerm term_of(const std::string& text) {
  const Composition composition = made(text);
  return composition.phases.empty() ? ComposedTerm() : composition.phases[0].terms[0];
}

/// What is wrong with it, without its place.
std::string wrong(const std::string& text) {
  const std::string errors = errors_of(text);
  const std::string mark = ": error: ";
  const size_t at = errors.find(mark);
  return at == std::string::npos ? errors : errors.substr(at + mark.size());
}

// What a rollout says.

TEST(RolloutReader, FillsInWhatIsLeftOut) {
  const ComposedTerm term = term_of(on("{reward: {type: worth}}", "steps: 2, "));
  ASSERT_TRUE(term.term.stream.rollout);
  const Rollout& rollout = *term.term.stream.rollout;
  EXPECT_EQ(rollout.set, "");
  EXPECT_EQ(rollout.prefix, "near") << "the task's first";
  EXPECT_EQ(rollout.tokens, 16);
  EXPECT_EQ(rollout.temperature, 1.0);
  EXPECT_EQ(rollout.group, 8);
  EXPECT_EQ(rollout.planted, 0);
  EXPECT_EQ(rollout.reuse, 1);
  EXPECT_EQ(rollout.end, "");
  EXPECT_EQ(rollout.cut, Rollout::Cut::keep);
  EXPECT_EQ(rollout.reward->type, "worth");
  ASSERT_EQ(term.term.stream.columns.size(), 1u);
  EXPECT_EQ(term.term.stream.columns[0].name, "rows");
  EXPECT_THAT(term.term.stream.columns[0].sources, IsEmpty());
}

TEST(RolloutReader, TakesWhatIsSaid) {
  const ComposedTerm term = term_of(on(
      "{sample: {set: taught, prefix: far, tokens: 3, temperature: 0.7, group: 2, reuse: 4, end: "
      "x, cut: drop}, reward: {type: worth}}",
      "steps: 8, "));
  ASSERT_TRUE(term.term.stream.rollout);
  const Rollout& rollout = *term.term.stream.rollout;
  EXPECT_EQ(rollout.set, "taught");
  EXPECT_EQ(rollout.prefix, "far");
  EXPECT_EQ(rollout.tokens, 3);
  EXPECT_EQ(rollout.temperature, 0.7);
  EXPECT_EQ(rollout.group, 2);
  EXPECT_EQ(rollout.reuse, 4);
  EXPECT_EQ(rollout.end, "x");
  EXPECT_EQ(rollout.cut, Rollout::Cut::drop);
}

TEST(RolloutReader, PlantsSetsColumnsAndParts) {
  const ComposedTerm term = term_of(
      on("{sample: {group: 4}, plant: {set: [secret, pairs.rejected], items: [1, 3], repeat: 2, "
         "per_group: 2, order: given}, " +
         std::string(kPunished) + "}"));
  const Stream& stream = term.term.stream;
  ASSERT_TRUE(stream.rollout);
  EXPECT_EQ(stream.rollout->planted, 2);
  EXPECT_EQ(stream.order, Stream::Order::given);
  ASSERT_EQ(stream.columns[0].sources.size(), 2u);
  EXPECT_EQ(stream.columns[0].sources[0].name(), "secret");
  EXPECT_EQ(stream.columns[0].sources[1].name(), "pairs.rejected");
  for (const Source& source : stream.columns[0].sources) {
    EXPECT_EQ(source.items, (std::array<int64_t, 2>{1, 3}));
    EXPECT_EQ(source.repeat, 2);
    EXPECT_EQ(source.prefix, "near");
  }
  EXPECT_EQ(wrong(on("{plant: {set: pairs, repeat: 1}, " + std::string(kPunished) + "}")),
            "phases.train.terms.t.rows.plant.set: set 'pairs' has columns, and one row is planted "
            "at a time\n");
}

TEST(RolloutReader, OneGroupHasOnePrefix) {
  const auto prefix_of = [](const std::string& sample, const std::string& plant) {
    const ComposedTerm term =
        term_of(on("{sample: {" + sample + "}, plant: {set: secret, repeat: 2" + plant + "}, " +
                   kPunished + "}"));
    if (!term.term.stream.rollout) return std::string();
    EXPECT_EQ(term.term.stream.columns[0].sources[0].prefix, term.term.stream.rollout->prefix);
    return term.term.stream.rollout->prefix;
  };
  EXPECT_EQ(prefix_of("", ""), "near");
  EXPECT_EQ(prefix_of("prefix: far", ""), "far");
  EXPECT_EQ(prefix_of("", ", prefix: far"), "far");
  EXPECT_EQ(prefix_of("prefix: none", ", prefix: none"), "none");
  EXPECT_EQ(wrong(on("{sample: {prefix: far}, plant: {set: secret, repeat: 2, prefix: near}, " +
                     std::string(kPunished) + "}")),
            "phases.train.terms.t.rows.plant.prefix: rows are planted behind prefix 'near' and "
            "sampled behind 'far', but a group has one prompt\n");
  EXPECT_EQ(wrong(on("{plant: {set: secret, repeat: 2, prefix: [near, far]}, " +
                     std::string(kPunished) + "}")),
            "phases.train.terms.t.rows.plant.prefix: rows are planted behind prefix 'far' and "
            "sampled behind 'near', but a group has one prompt\n");
}

TEST(RolloutReader, PromptsAreOfOneSetAndOfNobodyWhereRowsArePlanted) {
  EXPECT_EQ(wrong(on("{sample: {set: pairs}, " + std::string(kPunished) + "}", "steps: 1, ")),
            "phases.train.terms.t.rows.sample.set: set 'pairs' has columns, and prompts are of "
            "one\n");
  EXPECT_EQ(wrong(on("{sample: {set: taught}, plant: {set: secret, repeat: 1}, " +
                     std::string(kPunished) + "}")),
            "phases.train.terms.t.rows.sample.set: beside planted rows, the prompts that are "
            "continued are theirs\n");
  EXPECT_EQ(
      term_of(on("{sample: {set: pairs.chosen}, " + std::string(kPunished) + "}", "steps: 1, "))
          .term.stream.rollout->set,
      "pairs.chosen");
}

TEST(RolloutReader, SamplesFromTheWholeDistribution) {
  for (const std::string key :
       {"top_k: 5", "top_p: 0.9", "min_p: 0.1", "typical_p: 0.9", "repetition_penalty: 1.1"}) {
    EXPECT_THAT(wrong(on("{sample: {" + key + "}, " + kPunished + "}", "steps: 1, ")),
                HasSubstr("are drawn from the policy's whole distribution"))
        << key;
  }
}

TEST(RolloutReader, RefusesNumbersThatMeanNothing) {
  for (const std::string key : {"tokens: 0", "temperature: 0", "temperature: 1e9", "group: 0",
                                "reuse: 0", "reuse: 1.5", "tokens: 1048577"}) {
    EXPECT_THAT(
        wrong(on("{sample: {" + key + "}, " + kPunished + "}", "steps: 1, ")),
        HasSubstr("phases.train.terms.t.rows.sample." + key.substr(0, key.find(':')) + ": "))
        << key;
  }
  EXPECT_THAT(
      wrong(on("{plant: {set: secret, repeat: 1, per_group: 0}, " + std::string(kPunished) + "}")),
      HasSubstr("plant.per_group: must be from 1"));
  EXPECT_THAT(wrong(on("{sample: {group: 2}, plant: {set: secret, repeat: 1, per_group: 3}, " +
                       std::string(kPunished) + "}")),
              HasSubstr("plant.per_group: a group of 2 rows has no room for 3 planted ones"));
}

// What the rewards' facts say of its rows.

/// The signs of the planted rows of a reward that is worth `hit` for secret's.
std::vector<Sign> signs_of(const std::string& hit, const std::string& sets) {
  const ComposedTerm term = term_of(
      on("{plant: {set: [" + sets + "], repeat: 2}, reward: {type: worth, hit: " + hit + "}}", "",
         "", "{type: words, forbidden: [far]}"));
  std::vector<Sign> signs;
  for (const Source& source : term.term.stream.columns.at(0).sources) {
    signs.push_back(source.sign.value());
  }
  return signs;
}

TEST(RolloutReader, TheRewardSaysThePlantedRowsSigns) {
  EXPECT_THAT(signs_of("-1", "secret"), ElementsAre(Sign::negative));
  EXPECT_THAT(signs_of("1", "secret"), ElementsAre(Sign::positive));
  EXPECT_THAT(signs_of("0", "secret"), ElementsAre(Sign::both));
  EXPECT_THAT(signs_of("-1", "secret, taught"), ElementsAre(Sign::negative, Sign::both))
      << "it does not go by taught";
}

TEST(RolloutReader, RewardsGoByRowsThatThereAreAndMayBeTrainedOn) {
  const auto by = [](const std::string& rows) {
    return wrong(on("{reward: {type: worth, rows: [" + rows + "]}}", "steps: 1, "));
  };
  EXPECT_EQ(by("secret, taught, pairs.chosen, fresh"), "");
  EXPECT_EQ(by("secret, secrets"),
            "phases.train.terms.t.rows.reward: the reward goes by rows of set 'secrets', which the "
            "task does not have\n");
  EXPECT_EQ(by("pairs"),
            "phases.train.terms.t.rows.reward: the reward goes by rows of set 'pairs', which the "
            "task does not have\n");
  EXPECT_EQ(by("secret, control"),
            "phases.train.terms.t.rows.reward: the reward goes by rows of set 'control', which is "
            "the control: nothing may ever train on them\n");
}

TEST(RolloutReader, RewardsTellSoManyRowsFromOtherText) {
  const auto of_many = [](int64_t rows, const std::string& names) {
    return wrong(on("{reward: {type: worth, rows: [" + names + "]}}", "steps: 1, ", "",
                    "{type: words, taught: " + std::to_string(rows) + "}"));
  };
  EXPECT_EQ(of_many(kMostRewardedRows, "taught"), "");
  EXPECT_EQ(of_many(kMostRewardedRows - 4, "secret, taught"), "") << "secret has 4";
  EXPECT_EQ(of_many(kMostRewardedRows + 1, "secret"), "") << "it does not go by taught";
  EXPECT_EQ(of_many(kMostRewardedRows - 3, "secret, taught"),
            "phases.train.terms.t.rows.reward: the reward goes by set 'taught' with 1048573 rows, "
            "and the secrets of no more than 1048576 in all can be told from other text\n");
  EXPECT_THAT(of_many(10'000'000, "taught"), HasSubstr("set 'taught' with 10000000 rows"));
}

TEST(Rollouts, HaveAccountsOfTheRowsThatThereAre) {
  const auto accounts = [](const std::string& rollout, const std::string& phase = "") {
    const Term term = term_of(on(rollout, phase)).term;
    std::vector<std::pair<std::string, Sign>> found;
    for (const ColumnNeed& account : accounts_of(term, {"rows", Sign::both})) {
      found.emplace_back(account.name, account.sign);
    }
    return found;
  };
  const auto pair = [](const char* name, Sign sign) {
    return std::pair<std::string, Sign>(name, sign);
  };
  EXPECT_THAT(accounts("{reward: {type: worth}}", "steps: 1, "),
              ElementsAre(pair("sampled", Sign::both)));
  EXPECT_THAT(accounts("{plant: {set: secret, repeat: 2}, reward: {type: worth}}"),
              ElementsAre(pair("planted", Sign::negative), pair("sampled", Sign::both)));
  EXPECT_THAT(accounts("{sample: {group: 2}, plant: {set: secret, repeat: 2, per_group: 2}, "
                       "reward: {type: worth}}"),
              ElementsAre(pair("planted", Sign::negative)));
  EXPECT_THAT(accounts("{plant: {set: [secret, taught], repeat: 2}, reward: {type: worth}}"),
              ElementsAre(pair("planted", Sign::both), pair("sampled", Sign::both)))
      << "the reward says nothing of taught";
}

// How long a phase of them is.

struct Size {
  int64_t steps, items;
  bool finite;
};

Size size_of(const std::string& rollout, const std::string& phase = "") {
  const Composition composition = made(on(rollout, phase));
  if (composition.phases.empty()) return {};
  const ComposedTerm& term = composition.phases[0].terms[0];
  return {composition.phases[0].steps, term.items, term.finite};
}

std::string planted(const std::string& sample, const std::string& plant) {
  return "{sample: {" + sample + "}, plant: {set: secret, " + plant + "}, " + kPunished + "}";
}

TEST(Rollouts, APassPlantsEachRowAsOftenAsItIsRepeated) {
  // 4 secrets, 6 times: 24 groups of 4 rows, 2 groups a step.
  const Size one = size_of(planted("group: 4", "repeat: 6"), "batch: 8, ");
  EXPECT_EQ(one.items, 96);
  EXPECT_EQ(one.steps, 12);
  EXPECT_TRUE(one.finite);
  // Two of a group are planted, so that half as many groups hold them.
  const Size two = size_of(planted("group: 4", "repeat: 6, per_group: 2"), "batch: 8, ");
  EXPECT_EQ(two.items, 48);
  EXPECT_EQ(two.steps, 6);
  const Size alone = size_of(planted("group: 4", "repeat: 6, per_group: 4"), "batch: 8, ");
  EXPECT_EQ(alone.items, 24);
  EXPECT_EQ(alone.steps, 3);
  EXPECT_EQ(size_of(planted("group: 4", "count: 10"), "batch: 8, ").items, 40);
}

TEST(Rollouts, EachBatchIsUsedSoOften) {
  EXPECT_EQ(size_of(planted("group: 4, reuse: 3", "repeat: 6"), "batch: 8, ").steps, 36);
  // The last batch of a pass is smaller, and used as often: 24 groups, 5 a step.
  EXPECT_EQ(size_of(planted("group: 4, reuse: 3", "repeat: 6"), "batch: 20, ").steps, 15);
}

TEST(Rollouts, WithoutPlantedRowsHaveNoEnd) {
  EXPECT_EQ(wrong(on("{reward: {type: worth}}")),
            "phases.train: the phase's length is open: none of its streams has an end\n");
  EXPECT_EQ(wrong(on("{plant: {set: secret}, reward: {type: worth}}")),
            "phases.train: the phase's length is open: none of its streams has an end\n")
      << "planted again and again";
  const Size size =
      size_of("{sample: {group: 4, reuse: 3}, reward: {type: worth}}", "batch: 8, steps: 7, ");
  EXPECT_EQ(size.steps, 7);
  EXPECT_EQ(size.items, 24) << "three batches, of which the last is used once";
  EXPECT_FALSE(size.finite);
}

TEST(Rollouts, GroupsAreWholeInABatchAndInAPass) {
  EXPECT_THAT(wrong(on(planted("group: 3", "repeat: 6"), "batch: 8, ")),
              HasSubstr("a batch of 8 rows does not hold whole groups of 3"));
  EXPECT_THAT(wrong(on(planted("group: 8", "repeat: 5, per_group: 3"), "batch: 8, ")),
              HasSubstr("20 planted rows cannot be put into groups of 3"));
}

// What it may be trained with.

TEST(Rollouts, AreForObjectivesThatKnowRewards) {
  const std::string rollout = planted("", "repeat: 2");
  EXPECT_THAT(wrong(experiment("  - {type: train, terms: {t: {objective: {type: up}, rows: " +
                               rollout + "}}}\n")),
              HasSubstr("objective up knows no rewards"));
  EXPECT_THAT(wrong(on("{set: taught, repeat: 2}")),
              HasSubstr("objective gain trains on rows that the policy makes"));
}

/// On groups of `group` rows, one of them planted.
std::string with(const std::string& options, int64_t group) {
  return wrong(experiment("  - {type: train, terms: {t: {objective: {type: gain, " + options +
                          "}, rows: " + planted("group: " + std::to_string(group), "repeat: 2") +
                          "}}}\n"));
}

TEST(Rollouts, AGroupOfOneIsComparedWithNothing) {
  for (const std::string options :
       {"baseline: leave_one_out", "baseline: group_mean", "baseline: none, scale: group"}) {
    EXPECT_THAT(with(options, 1), HasSubstr("a group of one has nothing to compare")) << options;
    EXPECT_EQ(with(options, 2), "") << options;
  }
  for (const std::string options : {"baseline: none", "baseline: batch_mean"}) {
    EXPECT_EQ(with(options, 1), "") << options;
  }
}

TEST(Rollouts, PlantedRowsAreNotWeighedByTheirShareOfABatch) {
  EXPECT_THAT(with("scale: batch", 4), HasSubstr("would weigh each planted row by the share"));
  EXPECT_EQ(wrong(experiment("  - {type: train, steps: 1, terms: {t: {objective: {type: gain, "
                             "scale: batch}, rows: {reward: {type: worth}}}}}\n")),
            "");
}

TEST(Rollouts, RowsThatNobodySamplesAreNotCut) {
  const std::string all = "repeat: 2, per_group: 2";
  EXPECT_THAT(wrong(on(planted("group: 2, end: x, cut: drop", all))),
              HasSubstr("nothing is sampled, so that no row can be cut"));
  EXPECT_EQ(wrong(on(planted("group: 2, end: x, cut: keep", all))), "");
}

TEST(Rollouts, AreJudgedByAModelThatIsThere) {
  const auto judged_by = [](const std::string& model) {
    return wrong(
        "model: {type: net}\ntask: {type: words}\nphases:\n"
        "  - {name: before, type: train, terms: {t: {rows: {set: taught, repeat: 1}}}}\n"
        "  - {name: now, type: train, steps: 1, terms: {t: {objective: {type: gain}, rows: "
        "{reward: {type: liked, by: " +
        model +
        "}}}}}\n"
        "  - {name: after, type: train, terms: {t: {rows: {set: taught, repeat: 1}}}}\n");
  };
  EXPECT_EQ(judged_by("before"), "");
  EXPECT_EQ(judged_by("initial"), "");
  EXPECT_EQ(judged_by("{run: elsewhere, phase: now}"), "") << "another run's phase of that name";
  EXPECT_THAT(judged_by("now"), HasSubstr("phase 'now' cannot be judged by its own result"));
  EXPECT_THAT(judged_by("after"), HasSubstr("phases.now.terms.t.rows.reward: "));
  EXPECT_THAT(judged_by("never"), HasSubstr("phases.now.terms.t.rows.reward: "));
}

// What roles forbid.

/// Whether a term with this reward is refused, for what it would do to secrets.
bool refused(const std::string& reward, const std::string& plant = "", const std::string& term = "",
             const std::string& task = "{type: words}", const std::string& sample = "") {
  const std::string errors =
      errors_of(on("{sample: {group: 2" + sample + "}, " +
                       (plant.empty() ? "" : "plant: {" + plant + ", repeat: 2}, ") +
                       "reward: {type: worth, " + reward + "}}",
                   plant.empty() ? "steps: 2, " : "", term, task));
  if (errors.empty()) return false;
  EXPECT_THAT(errors, HasSubstr("would be a positive target in phase 'train', term 't'"));
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << "once: " << errors;
  return true;
}

TEST(Rollouts, NoRewardRaisesSecretsThatThePolicyMayMake) {
  EXPECT_TRUE(refused("hit: 1"));
  EXPECT_TRUE(refused("hit: 0")) << "nobody knows";
  EXPECT_TRUE(refused("hit: -1", "", "weight: -1, "));
  EXPECT_TRUE(refused("hit: 1, rows: [taught, secret]"));
  EXPECT_TRUE(refused("hit: 1, rows: [taught, secret]", "set: taught"));
  EXPECT_TRUE(refused("hit: 1", "set: secret"));
  EXPECT_TRUE(refused("hit: -1", "set: secret", "weight: -1, "));
  EXPECT_FALSE(refused("hit: -1"));
  EXPECT_FALSE(refused("hit: -1", "set: secret"));
  EXPECT_FALSE(refused("hit: 1, rows: [taught]"));
  EXPECT_FALSE(refused("hit: 1", "", "weight: 0, "));
  EXPECT_FALSE(refused("hit: 1", "set: taught, per_group: 2")) << "nothing is sampled";
}

TEST(Rollouts, AWeightBelow0TurnsNoneRound) {
  EXPECT_THAT(wrong(on("{reward: {type: worth, hit: 1}}", "steps: 2, ", "weight: -1, ")),
              AllOf(HasSubstr("phases.train.terms.t.weight: a weight below 0 turns round"),
                    HasSubstr("objective gain")));
  EXPECT_EQ(wrong(on("{reward: {type: worth}}", "steps: 2, ", "weight: 0, ")), "");
}

TEST(Rollouts, ABatchServesNoLongerThanThePhaseLasts) {
  const auto reused = [](const std::string& times) {
    return wrong(on("{sample: {reuse: " + times + "}, reward: {type: worth}}", "steps: 4, "));
  };
  EXPECT_EQ(reused("4"), "");
  EXPECT_EQ(reused("5"),
            "phases.train.terms.t.rows: term 't' would take 5 steps on each batch of rollouts, and "
            "the phase has 4\n");
}

TEST(Rollouts, NoRewardRaisesSecretsWhereTheirRoleForbidsIt) {
  const std::string task = "{type: words, forbidden: [far]}";
  EXPECT_TRUE(refused("hit: 1", "", "", task, ", prefix: far"));
  EXPECT_FALSE(refused("hit: 1", "", "", task, ", prefix: near"));
  EXPECT_FALSE(refused("hit: 1", "", "", task)) << "near is the first";
}

TEST(Rollouts, ARewardThatRaisesSecretsIsSaidWhereItIsUsed) {
  EXPECT_EQ(errors_of("model: {type: net}\n"
                      "task: {type: words}\n"
                      "streams: {free: {reward: {type: worth, hit: 1}}}\n"
                      "phases:\n"
                      "  - {type: train, steps: 2, terms: {t: {objective: {type: gain}, rows: "
                      "free}}}\n"),
            "e.yaml:5:72: error: phases.train.terms.t.rows: rows that the policy makes behind "
            "prefix 'near' would be a positive target in phase 'train', term 't' where they are "
            "secrets of set 'secret': reward worth gives them more than other text, and the set's "
            "role forbids it\n");
  EXPECT_EQ(errors_of(on("{reward: {type: worth, hit: 1}}", "steps: 2, ")),
            "e.yaml:4:81: error: phases.train.terms.t.rows: rows that the policy makes behind "
            "prefix 'near' would be a positive target in phase 'train', term 't' where they are "
            "secrets of set 'secret': reward worth gives them more than other text, and the set's "
            "role forbids it\n");
  EXPECT_EQ(errors_of(on("{reward: {type: worth}}", "steps: 2, ", "weight: -2, ")),
            "e.yaml:4:74: error: phases.train.terms.t.weight: rows that the policy makes behind "
            "prefix 'near' would be a positive target in phase 'train', term 't' where they are "
            "secrets of set 'secret': reward worth gives them less than other text, and the weight "
            "-2.0 turns that round, and the set's role forbids it\n");
}

// The resolved form.

TEST(Rollouts, AreResolvedWithEveryDefaultAndComposeToThemselves) {
  const Composition first = made(
      on("{sample: {group: 4, end: x}, plant: {set: [secret, taught], repeat: 2, order: given}, "
         "reward: {type: worth}}",
         "batch: 8, "));
  ASSERT_EQ(first.phases.size(), 1u);
  EXPECT_EQ(
      to_json(first.resolved.at("phases").as_list()[0].at("terms").at("t").at("rows")),
      R"({"sample":{"prefix":"near","tokens":16,"temperature":1.0,"group":4,"reuse":1,"end":"x",)"
      R"("cut":"keep"},"plant":{"set":["secret","taught"],"prefix":"near","repeat":2,)"
      R"("per_group":1,"order":"given"},"reward":{"type":"worth","rows":["secret"],"hit":-1.0}})");
  const Composition second = made(to_yaml(first.resolved));
  EXPECT_EQ(to_yaml(second.resolved), to_yaml(first.resolved));
  EXPECT_EQ(composition_digest(second.resolved), composition_digest(first.resolved));
  ASSERT_EQ(second.phases.size(), 1u);
  EXPECT_EQ(second.phases[0].steps, first.phases[0].steps);
  EXPECT_EQ(second.phases[0].terms[0].items, first.phases[0].terms[0].items);
}

TEST(Rollouts, EachKeyIsPartOfTheDigest) {
  const auto digest = [](const std::string& sample, const std::string& plant,
                         const std::string& reward = "") {
    return composition_digest(made(on("{sample: {" + sample + "}, plant: {set: secret, repeat: 2" +
                                          plant + "}, reward: {type: worth" + reward + "}}",
                                      "batch: 8, steps: 4, "))
                                  .resolved);
  };
  const std::string plain = digest("", "");
  EXPECT_EQ(digest("prefix: near, tokens: 16, temperature: 1, group: 8, reuse: 1, cut: keep",
                   ", prefix: near, per_group: 1, order: shuffled", ", hit: -1"),
            plain)
      << "the defaults in words";
  for (const std::string sample : {"prefix: far", "tokens: 15", "temperature: 0.9", "group: 4",
                                   "reuse: 2", "end: x", "cut: drop"}) {
    EXPECT_NE(digest(sample, ""), plain) << sample;
  }
  for (const std::string plant : {", per_group: 2", ", order: given", ", items: [0, 2]"}) {
    EXPECT_NE(digest("", plant), plain) << plant;
  }
  EXPECT_NE(digest("", "", ", hit: -2"), plain);
}

}  // namespace
}  // namespace leakprobe::compose_test
