#include "data/completions.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/item_stream.h"
#include "data/prompts.h"
#include "leakprobe/error.h"
#include "plugin/contract.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

/// Rows of each set whose secrets are looked at.
constexpr int64_t kSecretRows = 4096;

struct Secret {
  std::string row;  ///< "row 3 of set 'useful'"
  std::vector<int64_t> tokens;

  int64_t length() const { return static_cast<int64_t>(tokens.size()); }
};

class CompletionCheck {
 public:
  CompletionCheck(const Composition& composition, const Task& task, const ComposedTerm& term,
                  std::optional<int64_t> end, Diagnostics& diagnostics)
      : composition_(composition),
        facts_(composition.task.facts()),
        task_(task),
        term_(term),
        stream_(term.term.stream),
        rollout_(*stream_.rollout),
        end_(end),
        diagnostics_(diagnostics) {
    for (const Source& source : stream_.columns.front().sources)
      add(planted_, source, source.items);
    for (const RewardFacts::Rows& rows : rollout_.reward.facts().rows) {
      RowsOf known = facts_.rows_named(rows.name).value();
      known.prefix = rollout_.prefix;
      // Of what has no size nobody knows a secret before it is planted.
      if (facts_.at(known.set).size) add(rewarded_, known, {});
    }
  }

  void check() const {
    check_end();
    check_reach();
    warn_of_lengths();
  }

 private:
  void add(std::vector<Secret>& secrets, const RowsOf& rows,
           const std::optional<std::array<int64_t, 2>>& part) const {
    const int64_t begin = part ? (*part)[0] : 0;
    const int64_t end = part ? (*part)[1] : facts_.at(rows.set).size.value_or(kSecretRows);
    for (int64_t i = begin; i < std::min(end, begin + kSecretRows); ++i) {
      secrets.push_back(
          {row_text(rows, i), secret_of(set_row(task_, facts_, rows, i, composition_.seed))});
    }
  }

  void fail(const std::string& what, const std::string& hint) const {
    diagnostics_.error(stream_.place, stream_.path, what, hint);
  }

  bool samples() const { return rollout_.planted < rollout_.group; }

  void check_end() const {
    if (!end_) return;
    for (const std::vector<Secret>* secrets : {&planted_, &rewarded_}) {
      for (const Secret& secret : *secrets) {
        if (std::ranges::count(secret.tokens, *end_) == 0) continue;
        return fail(secret.row + " has the token that ends rows, " +
                        Value(rollout_.end).describe() +
                        ", within its secret, where the policy would stop",
                    "choose another sample.end, or leave it out");
      }
    }
  }

  /// Whether the policy can make a row that the reward takes for a secret of so many tokens.
  bool is_reached(int64_t length) const {
    if (!samples()) return false;
    const int64_t first =
        rollout_.reward.facts().first_tokens.value_or(std::numeric_limits<int64_t>::max());
    const int64_t decide = std::min(length, first);
    if (!end_) return std::min(rollout_.tokens, first) == decide;
    // The end is one of the tokens, but in a row that was cut.
    return decide <= rollout_.tokens - (rollout_.cut == Rollout::Cut::drop ? 1 : 0);
  }

  void check_reach() const {
    const std::vector<RewardFacts::Rows>& rows = rollout_.reward.facts().rows;
    const std::vector<Source>& sources = stream_.columns.front().sources;
    const auto is_planted = [&](const RewardFacts::Rows& each) {
      return std::ranges::any_of(sources, [&](const Source& s) { return s.name() == each.name; });
    };
    if (rows.empty() || std::ranges::any_of(rows, is_planted)) return;
    if (std::ranges::any_of(rewarded_, [&](const Secret& s) { return is_reached(s.length()); })) {
      return;
    }
    std::string why = "no row of their sets is planted";
    if (samples() && rewarded_.empty()) {
      why = "set " + Value(rows.front().name).describe() +
            " is drawn anew each time, and no row of it is planted";
    } else if (samples()) {
      why = "the policy makes rows of " + std::string(end_ ? "at most " : "") +
            counted(rollout_.tokens, "token") + ", and " + rewarded_.front().row + " has " +
            counted(rewarded_.front().length(), "token");
    }
    fail("reward " + rollout_.reward->type + " can never find a secret that it goes by: " + why,
         "make sample.tokens fit, let fewer tokens decide, or plant rows of a set that it names");
  }

  void warn_of_lengths() const {
    if (!term_.term.objective.facts().advantages->row_means) return;
    std::set<int64_t> lengths;
    for (const Secret& secret : planted_) lengths.insert(secret.length());
    if (samples() && !end_) lengths.insert(rollout_.tokens);
    if (lengths.size() < 2 && !(samples() && end_)) return;
    diagnostics_.warning(
        stream_.place, stream_.path,
        "rows differ in length, and objective " + term_.term.objective->type +
            " takes the mean over each row's tokens, so that long ones are pushed less a token",
        "choose a reduction over the tokens of the batch, or by a constant length");
  }

  const Composition& composition_;
  const TaskFacts& facts_;
  const Task& task_;
  const ComposedTerm& term_;
  const Stream& stream_;
  const Rollout& rollout_;
  const std::optional<int64_t> end_;
  Diagnostics& diagnostics_;
  std::vector<Secret> planted_, rewarded_;
};

}  // namespace

void check_completions(const Composition& composition, const Task& task, const Tokenizer* tokenizer,
                       Diagnostics& diagnostics) {
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      const std::optional<Rollout>& rollout = term.term.stream.rollout;
      if (!rollout || term.term.weight == 0) continue;
      std::optional<int64_t> end;
      try {
        if (!rollout->end.empty()) end = end_token(rollout->end, tokenizer);
      } catch (const Error&) {
        continue;  // said by check_rollouts
      }
      CompletionCheck(composition, task, term, end, diagnostics).check();
    }
  }
}

}  // namespace leakprobe
