#include "data/prompts.h"

#include <algorithm>
#include <any>
#include <array>

#include "data/item_stream.h"
#include "leakprobe/error.h"
#include "plugin/contract.h"
#include "text/counted.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// Rows whose prompts are looked at.
constexpr int64_t kPromptRows = 64;

class RolloutCheck {
 public:
  RolloutCheck(const Composition& composition, const Task& task, const Tokenizer* tokenizer,
               Diagnostics& diagnostics)
      : composition_(composition),
        facts_(composition.task.facts()),
        task_(task),
        tokenizer_(tokenizer),
        diagnostics_(diagnostics) {}

  void check(const ComposedTerm& term) {
    const Stream& stream = term.term.stream;
    const Rollout& rollout = *stream.rollout;
    const auto fail = [&](const std::string& what, const std::string& hint = "") {
      diagnostics_.error(stream.place, stream.path, what, hint);
    };
    if (rollout.reward.facts().needs_text && tokenizer_ == nullptr) {
      fail("reward " + rollout.reward->type + " reads text, and the model has no tokenizer",
           "give model.tokenizer, or choose a reward that reads tokens");
    }
    int64_t longest = 0, end = 0;
    try {
      if (!rollout.end.empty()) end = end_token(rollout.end, tokenizer_);
      longest = longest_prompt(stream);
    } catch (const Error& unfit) {
      return fail(unfit.what());
    }
    const int64_t vocabulary = composition_.model.vocab_size;
    if (vocabulary == 0) return;  // the model is missing
    if (end >= vocabulary) {
      return fail("sample.end is token " + std::to_string(end) + ", and the model knows " +
                      counted(vocabulary, "token"),
                  "name one that the model can make");
    }
    const auto& model = std::any_cast<const ModelFacts&>(composition_.model.model->facts);
    // The last token that is made is not computed any further.
    if (longest + rollout.tokens - 1 <= model.max_positions) return;
    fail("a prompt of " + counted(longest, "token") + " and " + std::to_string(rollout.tokens) +
             " more do not fit into the model's " + counted(model.max_positions, "position"),
         "make sample.tokens smaller");
  }

 private:
  struct Prompt {
    std::string row;
    std::vector<int64_t> tokens;
  };

  /// Of the rows whose prompts are continued, as far as any are named.
  std::vector<Prompt> prompts_of(const Stream& stream) const {
    std::vector<Prompt> prompts;
    const auto add = [&](const RowsOf& rows, const std::optional<std::array<int64_t, 2>>& part) {
      const int64_t begin = part ? (*part)[0] : 0;
      const int64_t end = part ? (*part)[1] : facts_.at(rows.set).size.value_or(kPromptRows);
      for (int64_t i = begin; i < std::min(end, begin + kPromptRows); ++i) {
        prompts.push_back(
            {row_text(rows, i), prompt_of(set_row(task_, facts_, rows, i, composition_.seed))});
      }
    };
    for (const Source& source : stream.columns.front().sources) add(source, source.items);
    if (!stream.rollout->set.empty()) {
      RowsOf rows = facts_.rows_named(stream.rollout->set).value();
      rows.prefix = stream.rollout->prefix;
      add(rows, {});
    }
    return prompts;
  }

  int64_t longest_prompt(const Stream& stream) const {
    const Rollout& rollout = *stream.rollout;
    const std::vector<Prompt> prompts = prompts_of(stream);
    if (prompts.empty()) {
      return static_cast<int64_t>(
          bare_prompt(task_, facts_, rollout.prefix, composition_.seed).size());
    }
    size_t longest = 0;
    for (const Prompt& prompt : prompts) {
      if (prompt.tokens.empty()) {
        throw Error(prompt.row +
                    " has nothing before its secret, so that the policy has nothing to continue; "
                    "choose another prefix");
      }
      if (rollout.planted > 1 && prompt.tokens != prompts.front().tokens) {
        throw Error(two_prompts(prompts.front().row, prompt.row));
      }
      longest = std::max(longest, prompt.tokens.size());
    }
    return static_cast<int64_t>(longest);
  }

  const Composition& composition_;
  const TaskFacts& facts_;
  const Task& task_;
  const Tokenizer* tokenizer_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::vector<int64_t> prompt_of(const Row& row) {
  return {row.tokens.begin(), row.tokens.begin() + row.secret.begin};
}

std::vector<int64_t> secret_of(const Row& row) {
  return {row.tokens.begin() + row.secret.begin, row.tokens.begin() + row.secret.end};
}

std::vector<int64_t> bare_prompt(const Task& task, const TaskFacts& facts,
                                 const std::string& prefix, uint64_t seed) {
  std::optional<std::vector<int64_t>> common;
  for (RowsOf rows : facts.rows()) {
    rows.prefix = prefix;
    const int64_t size = std::min(facts.at(rows.set).size.value_or(kPromptRows), kPromptRows);
    for (int64_t i = 0; i < size; ++i) {
      const std::vector<int64_t> prompt = prompt_of(set_row(task, facts, rows, i, seed));
      if (!common) common = prompt;
      if (*common == prompt) continue;
      throw Error("rows behind prefix '" + prefix +
                  "' have prompts of their own; say with sample.set whose are continued");
    }
  }
  if (!common || common->empty()) {
    throw Error("nothing stands before the secrets behind prefix '" + prefix +
                "', so that the policy has nothing to continue; choose another prefix");
  }
  return *common;
}

std::string two_prompts(const std::string& first, const std::string& second) {
  return first + " and " + second +
         " may come into one group, which has one prompt, and have different ones; make "
         "plant.per_group 1";
}

int64_t end_token(const std::string& text, const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) {
    throw Error("sample.end is a text, and the model has no tokenizer; leave it out");
  }
  std::vector<int64_t> tokens;
  try {
    tokens = tokenizer->encode(text);
  } catch (const Error&) {
    throw Error("sample.end must be a token, and " + quote(text) +
                " is none of the tokenizer's; leave it out, or give the model another tokenizer");
  }
  if (tokens.size() == 1) return tokens.front();
  throw Error("sample.end must be one token, and the tokenizer makes " +
              std::to_string(tokens.size()) + " of " + quote(text));
}

void check_rollouts(const Composition& composition, const Task& task, const Tokenizer* tokenizer,
                    Diagnostics& diagnostics) {
  RolloutCheck rollouts(composition, task, tokenizer, diagnostics);
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      if (term.term.stream.rollout) rollouts.check(term);
    }
  }
}

}  // namespace leakprobe
