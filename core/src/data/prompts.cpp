#include "data/prompts.h"

#include <algorithm>
#include <any>

#include "data/item_stream.h"
#include "leakprobe/error.h"
#include "text/counted.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

/// Rows whose prompts are looked at.
constexpr int64_t kRows = 64;

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
    int64_t longest = 0;
    try {
      if (!rollout.end.empty()) end_token(rollout.end, tokenizer_);
      longest = longest_prompt(stream);
    } catch (const Error& unfit) {
      return fail(unfit.what());
    }
    if (composition_.model.vocab_size == 0) return;  // the model is missing
    const auto& model = std::any_cast<const ModelFacts&>(composition_.model.model->facts);
    // The last token that is made is not computed any further.
    if (longest + rollout.tokens - 1 <= model.max_positions) return;
    fail("a prompt of " + counted(longest, "token") + " and " + std::to_string(rollout.tokens) +
             " more do not fit into the model's " + counted(model.max_positions, "position"),
         "make sample.tokens smaller");
  }

 private:
  int64_t longest_prompt(const Stream& stream) const {
    const Rollout& rollout = *stream.rollout;
    std::vector<RowsOf> all;
    for (const Source& source : stream.columns.front().sources) all.push_back(source);
    if (!rollout.set.empty()) {
      RowsOf rows = *facts_.rows_named(rollout.set);
      rows.prefix = rollout.prefix;
      all.push_back(rows);
    }
    if (all.empty()) {
      return static_cast<int64_t>(
          bare_prompt(task_, facts_, rollout.prefix, composition_.seed).size());
    }
    size_t longest = 0;
    for (const RowsOf& rows : all) {
      const int64_t size = std::min(facts_.find(rows.set)->size.value_or(kRows), kRows);
      for (int64_t i = 0; i < size; ++i) {
        const size_t length = prompt_of(set_row(task_, facts_, rows, i, composition_.seed)).size();
        if (length == 0) {
          throw Error("row " + std::to_string(i) + " of set '" + rows.name() +
                      "' has nothing before its secret behind prefix '" + rows.prefix +
                      "', so that the policy has nothing to continue; choose another prefix");
        }
        longest = std::max(longest, length);
      }
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

std::vector<int64_t> bare_prompt(const Task& task, const TaskFacts& facts,
                                 const std::string& prefix, uint64_t seed) {
  std::optional<std::vector<int64_t>> common;
  for (const std::string& name : facts.row_names()) {
    RowsOf rows = *facts.rows_named(name);
    rows.prefix = prefix;
    const int64_t size = std::min(facts.find(rows.set)->size.value_or(kRows), kRows);
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

int64_t end_token(const std::string& text, const Tokenizer* tokenizer) {
  if (tokenizer == nullptr) {
    throw Error("sample.end is a text, and the model has no tokenizer; leave it out");
  }
  const std::vector<int64_t> tokens = tokenizer->encode(text);
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
