#include <utility>

#include "conformance/findings.h"
#include "leakprobe/testing/test_context.h"
#include "plugin/contract.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

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
  std::string text = "for a completion of " + counted(completion.tokens.size(), "token");
  for (const std::string& name : completion.secret_of) text += ", a secret of " + name;
  return text;
}

/// Sampled text has to be worth the same wherever and whenever it is asked for: a resumed run has
/// not seen what came before.
void check_values(const Subject& subject, const Context& context, const RewardFacts& facts,
                  Findings& findings) {
  const std::vector<Completion> completions = everybodys(facts);
  const auto reward = subject.make<Reward>(context);
  std::vector<double> values;
  for (const Completion& completion : completions) {
    values.push_back(reward->of(completion));
    const std::string fault = fault_of_reward(values.back(), facts);
    if (!findings.expect(fault.empty(), fault + ", " + text_of(completion))) return;
  }
  for (size_t i = completions.size(); i-- > 0;) {
    const bool same = reward->of(completions[i]) == values[i] &&
                      subject.make<Reward>(context)->of(completions[i]) == values[i];
    if (!findings.expect(same, "of: differs when asked again, " + text_of(completions[i]))) return;
  }
}

/// What the facts say of rows decides which may be planted.
void check_signs(const Subject& subject, const Context& context, const RewardFacts& facts,
                 Findings& findings) {
  const auto reward = subject.make<Reward>(context);
  for (const RewardFacts::Rows& rows : facts.rows) {
    if (rows.sign == Sign::both) continue;
    const double direction = rows.sign == Sign::positive ? 1 : -1;
    bool along = false, against = false;
    for (const Completion& completion : nobodys(facts)) {
      const double more =
          direction * (reward->of(as_secret_of(completion, {rows.name})) - reward->of(completion));
      along = along || more > 0;
      against = against || more < 0;
    }
    findings.expect(
        along && !against,
        "facts: a secret of " + rows.name + " is not worth " + (direction > 0 ? "more" : "less") +
            " than the same text as nobody's, although their sign is " + word_of(rows.sign));
  }
}

}  // namespace

void check_reward(const Subject& subject, Findings& findings) {
  const auto& facts = std::any_cast<const RewardFacts&>(subject.facts);
  const testing::TestContext context(facts.needs_text ? ascii_tokenizer() : nullptr);
  check_values(subject, context, facts, findings);
  check_signs(subject, context, facts, findings);
}

}  // namespace leakprobe
