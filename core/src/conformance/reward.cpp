#include <utility>

#include "conformance/inputs.h"
#include "conformance/laws.h"
#include "leakprobe/kit/test_context.h"
#include "plugin/contract.h"
#include "text/counted.h"

namespace leakprobe {
namespace {
namespace reward_laws {

constexpr const char* kHeader = "leakprobe/reward.h";

const RewardFacts& facts_of(const Subject& subject) { return subject.facts_as<RewardFacts>(); }

std::shared_ptr<const Tokenizer> tokenizer_for(const Subject& subject) {
  if (!facts_of(subject).needs_text) return nullptr;
  return subject.tokenizer ? subject.tokenizer : ascii_tokenizer();
}

/// What tokenizers give for tokens of a model, some of which are cut within a letter, with numbers
/// of tokens, none among them: a row may end at once.
const std::vector<std::pair<std::string, int64_t>> kTexts = {
    {"", 0},
    {"a", 1},
    {"qwertyuiopasdfgh", 16},
    {" two words,\n\tand (a) [second] line\\ ", 11},
    {"Grüße, 世界 🙂", 7},
    {"\xEF\xBF\xBD\xEF\xBF\xBD", 2},
};

/// Completions that are nobody's secret, with as much as the facts ask for.
std::vector<Completion> nobodys(const RewardFacts& facts) {
  std::vector<Completion> completions;
  for (const auto& [text, length] : kTexts) {
    Completion completion;
    completion.prompt = {3, 1};
    if (facts.needs_text) completion.text = text;
    for (int64_t t = 0; t < length; ++t) {
      completion.tokens.push_back((7 * t + 3) % 26);
      if (facts.model.phase.empty()) continue;
      completion.log_probs.push_back(-0.25f - 0.75f * static_cast<float>(t));
    }
    completions.push_back(std::move(completion));
  }
  return completions;
}

Completion as_secret_of(Completion completion, std::vector<std::string> sets) {
  completion.secret_of = std::move(sets);
  return completion;
}

/// Those, and each as a secret of each of the rows, and of all.
std::vector<Completion> everybodys(const RewardFacts& facts) {
  std::vector<std::string> all;
  for (const RewardFacts::Rows& rows : facts.rows) all.push_back(rows.name);
  std::vector<Completion> completions = nobodys(facts);
  for (const Completion& completion : nobodys(facts)) {
    for (const std::string& name : all) completions.push_back(as_secret_of(completion, {name}));
    if (all.size() > 1) completions.push_back(as_secret_of(completion, all));
  }
  return completions;
}

std::string text_of(const Completion& completion) {
  std::string text = "a completion of " + counted(completion.tokens.size(), "token");
  for (const std::string& name : completion.secret_of) text += ", a secret of " + name;
  return text;
}

void ask(Reward& reward, const RewardFacts& facts, Answers& answers) {
  for (const Completion& completion : everybodys(facts)) {
    answers.add("the reward of " + text_of(completion), reward.of(completion));
  }
}

/// A reward and what it is asked with.
struct Made {
  explicit Made(const Subject& subject)
      : facts(facts_of(subject)),
        context(tokenizer_for(subject)),
        reward(subject.make<Reward>(context)) {}
  const RewardFacts& facts;
  const kit::TestContext context;
  const std::shared_ptr<Reward> reward;
};

void range(const Subject& subject, Findings& findings) {
  const Made made(subject);
  for (const Completion& completion : everybodys(made.facts)) {
    const std::string fault = fault_of_reward(made.reward->of(completion), made.facts);
    if (!findings.expect(fault.empty(), fault + ", for " + text_of(completion))) return;
  }
}

/// What the facts say of rows decides which may be planted.
void signs(const Subject& subject, Findings& findings) {
  const Made made(subject);
  if (made.facts.rows.empty()) return findings.pass_over("its facts name no rows");
  for (const RewardFacts::Rows& rows : made.facts.rows) {
    if (rows.sign == Sign::both) continue;
    const double direction = rows.sign == Sign::positive ? 1 : -1;
    bool along = false, against = false;
    for (const Completion& completion : nobodys(made.facts)) {
      const double more = direction * (made.reward->of(as_secret_of(completion, {rows.name})) -
                                       made.reward->of(completion));
      along = along || more > 0;
      against = against || more < 0;
    }
    findings.expect(
        along && !against,
        "a secret of " + rows.name + " is not worth " + (direction > 0 ? "more" : "less") +
            " than the same text as nobody's, although their sign is " + word_of(rows.sign));
  }
}

}  // namespace reward_laws
}  // namespace

KindKit reward_kit() {
  using namespace reward_laws;
  return {
      {{{"range", "A value is finite and between least and most of the facts.", kHeader}, range},
       {{"signs",
         "Secrets of the rows of the facts are worth more or less than other text as their "
         "sign says, so that roles of rows are respected.",
         kHeader},
        signs}},
      [](const Subject& subject) {
        const RewardFacts& facts = facts_of(subject);
        Interview talk = interview<Reward>(
            subject, [&facts](Reward& reward, Answers& answers) { ask(reward, facts, answers); });
        talk.tokenizer = tokenizer_for(subject);
        return talk;
      }};
}

}  // namespace leakprobe
