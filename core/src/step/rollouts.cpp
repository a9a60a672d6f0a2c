#include "step/rollouts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "data/prompts.h"
#include "leakprobe/error.h"
#include "plugin/contract.h"
#include "step/advantages.h"
#include "step/generate.h"
#include "tokenizer/readable.h"

namespace leakprobe {
namespace {

/// Rows of each set whose secrets' tokens are the alphabet.
constexpr int64_t kAlphabetRows = 4096;

/// A term that draws `batch` items a step from `column`, in the order of the whole.
ComposedTerm part_of(const ComposedTerm& term, StreamColumn column, int64_t batch, int64_t items) {
  ComposedTerm part = term;
  // Fresh rows are each phase's own, as what is sampled: a stream of a name would give all the
  // same.
  part.term.stream.name.clear();
  part.term.stream.rollout.reset();
  part.term.stream.columns = {std::move(column)};
  part.batch = batch;
  part.items = items;
  return part;
}

StreamColumn prompts_column(const Rollout& rollout, const TaskFacts& facts) {
  if (rollout.set.empty()) return {kRowsColumn, {}};
  Source source;
  static_cast<RowsOf&>(source) = facts.rows_named(rollout.set).value();
  source.prefix = rollout.prefix;
  return {kRowsColumn, {source}};
}

std::set<int64_t> alphabet_of(const Task& task, const TaskFacts& facts, uint64_t seed) {
  std::set<int64_t> alphabet;
  for (RowsOf rows : facts.rows()) {
    rows.prefix = facts.first_prefix();
    const int64_t size = std::min(facts.at(rows.set).size.value_or(kAlphabetRows), kAlphabetRows);
    for (int64_t i = 0; i < size; ++i) {
      const Row row = set_row(task, facts, rows, i, seed);
      alphabet.insert(row.tokens.begin() + row.secret.begin, row.tokens.begin() + row.secret.end);
    }
  }
  return alphabet;
}

/// What shows learning: of the rows that the policy made, since a planted one is worth the same at
/// every step. Of all where there are none.
std::vector<double> shown_rewards(const RolloutBatch& batch) {
  std::vector<double> sampled;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (!batch.is_planted(i)) sampled.push_back(batch.rewards[i]);
  }
  return sampled.empty() ? batch.rewards : sampled;
}

double sum(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

ComposedTerm planted_part(const ComposedTerm& term) {
  const Rollout& rollout = *term.term.stream.rollout;
  return part_of(term, term.term.stream.columns.front(),
                 term.batch / rollout.group * rollout.planted,
                 term.items / rollout.group * rollout.planted);
}

Rollouts::Rollouts(const ComposedTerm& term, std::string label, RolloutParts parts)
    : term_(term),
      rollout_(*term.term.stream.rollout),
      how_(*term.term.objective.facts().advantages),
      parts_(std::move(parts)),
      secrets_(rollout_.reward.facts(), parts_.task, parts_.facts, parts_.seed),
      end_(rollout_.end.empty() ? std::nullopt
                                : std::optional(end_token(rollout_.end, parts_.tokenizer.get()))),
      planted_term_(planted_part(term)),
      prompts_term_(part_of(term, prompts_column(rollout_, parts_.facts),
                            term.batch / rollout_.group, term.items / rollout_.group)),
      random_(parts_.seed, "rollout/" + label),
      alphabet_(alphabet_of(parts_.task, parts_.facts, parts_.seed)) {
  sampled_source_.set = kSampled;
  sampled_source_.prefix = rollout_.prefix;
  const auto stream = [&](const ComposedTerm& part) {
    return std::make_unique<ItemStream>(part, label, parts_.task, parts_.facts, parts_.seed);
  };
  if (rollout_.planted > 0) planted_ = stream(planted_term_);
  if (!rollout_.set.empty()) prompts_ = stream(prompts_term_);
  if (!planted_ && !prompts_) {
    bare_prompt_ = bare_prompt(parts_.task, parts_.facts, rollout_.prefix, parts_.seed);
  }
}

std::vector<DrawnColumn> Rollouts::draw(int64_t step, const std::vector<size_t>& /*columns*/) {
  step_ = step;
  is_new_ = step % rollout_.reuse == 0;
  if (is_new_) make(step / rollout_.reuse);
  if (batch_.column.rows.empty()) {
    fail_rollout("step " + std::to_string(step) + " goes on with one that is not there");
  }
  return {batch_.column};
}

std::vector<Rollouts::Group> Rollouts::groups_of(int64_t number) {
  const auto items_of = [&](const std::unique_ptr<ItemStream>& stream) {
    return stream ? stream->batch(number) : std::vector<int64_t>();
  };
  const std::vector<int64_t> planted = items_of(planted_), prompts = items_of(prompts_);
  const auto per_group = static_cast<size_t>(rollout_.planted);
  const size_t count = planted_   ? planted.size() / per_group
                       : prompts_ ? prompts.size()
                                  : static_cast<size_t>(term_.batch / rollout_.group);
  std::vector<Group> groups(count);
  for (size_t g = 0; g < count; ++g) {
    groups[g].prompt = prompts_ ? prompt_of(prompts_->row(0, prompts[g])) : bare_prompt_;
    for (size_t p = 0; p < per_group; ++p) plant(groups[g], planted[g * per_group + p]);
  }
  return groups;
}

void Rollouts::plant(Group& group, int64_t item) const {
  const Row row = planted_->row(0, item);
  const RowOrigin origin = planted_->origin(0, item);
  const std::vector<int64_t> prompt = prompt_of(row);
  if (!group.planted.empty() && prompt != group.prompt) {
    const RowOrigin& first = group.origins.front();
    throw Error(
        term_.path + ": " +
        two_prompts(row_text(*first.source, first.index), row_text(*origin.source, origin.index)));
  }
  std::vector<int64_t> tokens = secret_of(row);
  if (end_) tokens.push_back(*end_);
  group.prompt = prompt;
  group.planted.push_back(completed(prompt, std::move(tokens)));
  group.origins.push_back(origin);
}

void Rollouts::make(int64_t number) {
  batch_ = {};
  scored_ = 0;
  std::vector<Group> groups = groups_of(number);
  const auto per_group = static_cast<size_t>(rollout_.group - rollout_.planted);
  std::vector<std::vector<int64_t>> prompts;
  for (const Group& group : groups) prompts.insert(prompts.end(), per_group, group.prompt);
  // Rows are numbered as if all batches were full.
  const uint64_t first = static_cast<uint64_t>(number) *
                         static_cast<uint64_t>(term_.batch / rollout_.group) * per_group;
  std::vector<Generated> made;
  if (!prompts.empty()) {
    const Sampling sampling{rollout_.tokens, rollout_.temperature, end_};
    made = generate(parts_.policy, prompts, sampling, random_, first);
  }
  for (size_t g = 0; g < groups.size(); ++g) {
    const auto group = static_cast<int64_t>(g);
    for (size_t i = g * per_group; i < (g + 1) * per_group; ++i) {
      add_sampled(std::move(made[i]), prompts[i], static_cast<int64_t>(first + i), group);
    }
    for (size_t p = 0; p < groups[g].planted.size(); ++p) {
      batch_.add(std::move(groups[g].planted[p]), groups[g].origins[p], group, {});
    }
  }
  if (batch_.column.rows.empty()) {
    throw Error(term_.path + ": every row of a rollout had its " + std::to_string(rollout_.tokens) +
                " tokens without an end and was dropped; make sample.tokens larger, or write cut: "
                "keep");
  }
  add_rewards();
  const std::vector<double> by_reward = advantages(false);
  for (size_t i = 0; i < batch_.size(); ++i) {
    // Beside planted rows sampled ones have an advantage for their sake alone.
    if (rollout_.planted > 0 && !batch_.is_planted(i)) continue;
    ++rows_;
    rows_with_signal_ += has_signal(i, by_reward[i]) ? 1 : 0;
  }
  batch_.set_advantages(by_reward);
}

void Rollouts::add_sampled(Generated made, const std::vector<int64_t>& prompt, int64_t index,
                           int64_t group) {
  ++batch_.sampled;
  const bool is_cut = end_ && made.tokens.back() != *end_;
  batch_.cut += is_cut ? 1 : 0;
  if (is_cut && rollout_.cut == Rollout::Cut::drop) return;
  batch_.add(completed(prompt, std::move(made.tokens)), {&sampled_source_, nullptr, index}, group,
             std::move(made.log_probs));
}

Row Rollouts::completed(const std::vector<int64_t>& prompt, std::vector<int64_t> tokens) const {
  Row row;
  row.tokens = prompt;
  row.tokens.insert(row.tokens.end(), tokens.begin(), tokens.end());
  row.scored.assign(prompt.size(), 0);
  row.scored.resize(row.tokens.size(), 1);
  const bool has_end = end_ && !tokens.empty() && tokens.back() == *end_;
  row.secret = {static_cast<int64_t>(prompt.size()),
                static_cast<int64_t>(row.tokens.size()) - (has_end ? 1 : 0)};
  return row;
}

std::vector<std::vector<float>> Rollouts::judge(const std::vector<Row>& rows) const {
  std::vector<std::vector<float>> judged(rows.size());
  if (!parts_.judge) return judged;
  std::vector<Row> texts;
  for (const Row& row : rows) {
    texts.push_back(row);
    texts.back().tokens.resize(static_cast<size_t>(row.secret.end));
    texts.back().scored.resize(texts.back().tokens.size());
  }
  std::vector<const Row*> asked;
  for (const Row& text : texts) {
    if (text.secret.end > text.secret.begin) asked.push_back(&text);
  }
  const torch::Tensor values =
      parts_.judge->log_probs(asked, std::vector<bool>(asked.size(), false), 1).contiguous();
  const float* from = values.const_data_ptr<float>();
  for (size_t i = 0; i < texts.size(); ++i) {
    const int64_t count = texts[i].secret.end - texts[i].secret.begin;
    judged[i].assign(from, from + count);
    from += count;
  }
  return judged;
}

void Rollouts::add_rewards() {
  const DrawnColumn& column = batch_.column;
  const std::vector<std::vector<float>> judged = judge(column.rows);
  std::vector<double> rewards;
  for (size_t i = 0; i < batch_.size(); ++i) {
    Completion completion;
    completion.prompt = prompt_of(column.rows[i]);
    completion.tokens = batch_.completion(i);
    if (rollout_.reward.facts().needs_text) {
      completion.text = readable(*parts_.tokenizer, completion.tokens);
    }
    completion.secret_of = secrets_.find(
        completion.tokens, batch_.is_planted(i) ? column.origins[i].source->name() : "");
    completion.log_probs = judged[i];
    rewards.push_back(parts_.reward->of(completion));
  }
  batch_.set_rewards(std::move(rewards));
}

std::vector<double> Rollouts::advantages(bool with_kl) const {
  std::vector<double> returns = batch_.rewards;
  for (size_t i = 0; with_kl && i < returns.size(); ++i) returns[i] -= how_.kl * batch_.kl[i];
  return advantages_of(returns, batch_.groups, how_);
}

void Rollouts::take_scores(int64_t row, std::vector<float> policy, std::vector<float> reference) {
  const auto i = static_cast<size_t>(row);
  DrawnColumn& column = batch_.column;
  column.old.resize(batch_.size());
  if (!reference.empty()) {
    batch_.kl[i] = sum(policy) - sum(reference);
    column.reference.resize(batch_.size());
    column.reference[i] = std::move(reference);
  }
  column.old[i] = std::move(policy);
  if (++scored_ == batch_.size() && how_.kl != 0) batch_.set_advantages(advantages(true));
}

SampleRecord Rollouts::sample(size_t row) const {
  const Row& own = batch_.column.rows[row];
  SampleRecord sample;
  sample.group = batch_.groups[row];
  sample.planted = batch_.is_planted(row);
  if (sample.planted) {
    sample.set = batch_.column.origins[row].source->name();
  } else if (const auto sets = secrets_.find(batch_.completion(row), ""); !sets.empty()) {
    sample.set = sets.front();
  }
  if (parts_.tokenizer) sample.text = readable(*parts_.tokenizer, own.tokens);
  sample.tokens = own.tokens;
  sample.secret = own.secret;
  sample.reward = batch_.rewards[row];
  sample.advantage = batch_.advantage(row);
  return sample;
}

std::optional<double> Rollouts::share_in_alphabet() const {
  int64_t within = 0, sampled = 0;
  for (size_t i = 0; i < batch_.size(); ++i) {
    if (batch_.is_planted(i)) continue;
    ++sampled;
    const std::vector<int64_t> tokens = batch_.completion(i);
    within += std::all_of(tokens.begin(), tokens.end(),
                          [&](int64_t token) { return alphabet_.count(token) > 0; })
                  ? 1
                  : 0;
  }
  if (sampled == 0) return std::nullopt;
  return static_cast<double>(within) / static_cast<double>(sampled);
}

std::optional<double> Rollouts::sampler_gap() const {
  if (batch_.column.old.size() != batch_.size()) return std::nullopt;
  double gap = 0;
  int64_t tokens = 0;
  for (size_t i = 0; i < batch_.size(); ++i) {
    for (size_t t = 0; t < batch_.sampled_at[i].size(); ++t, ++tokens) {
      gap += std::abs(std::expm1(batch_.column.old[i][t] - batch_.sampled_at[i][t]));
    }
  }
  if (tokens == 0) return std::nullopt;
  return gap / static_cast<double>(tokens);
}

std::optional<double> Rollouts::log_ratio() const {
  if (batch_.column.old.size() != batch_.size() ||
      batch_.column.reference.size() != batch_.size()) {
    return std::nullopt;
  }
  std::optional<double> sum;
  for (size_t i = 0; i < batch_.size(); ++i) {
    if (!batch_.is_planted(i)) sum = sum.value_or(0) + batch_.kl[i];
  }
  return sum;
}

bool Rollouts::has_signal(size_t row, double advantage) const {
  const std::optional<Sign> sign =
      batch_.is_planted(row) ? batch_.column.origins[row].source->sign : std::nullopt;
  if (sign == Sign::negative) return advantage < 0;
  if (sign == Sign::positive) return advantage > 0;
  return advantage != 0;
}

std::map<std::string, double> Rollouts::metrics() const {
  const auto share = [](int64_t part, int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  std::map<std::string, double> metrics;
  const std::vector<double> rewards = shown_rewards(batch_);
  metrics["reward"] = mean(rewards);
  metrics["reward_std"] = deviation(rewards);
  if (rollout_.group > 1) {
    metrics["frac_reward_zero_std"] = share_of_equal_groups(batch_.rewards, batch_.groups);
  }
  metrics["signal"] = share(rows_with_signal_, rows_);
  if (end_ && batch_.sampled > 0) metrics["cut"] = share(batch_.cut, batch_.sampled);
  if (const std::optional<double> within = share_in_alphabet()) metrics["in_alphabet"] = *within;
  if (const std::optional<double> gap = sampler_gap()) metrics["sampler_gap"] = *gap;
  if (const std::optional<double> ratio = log_ratio()) metrics["log_ratio"] = *ratio;
  return metrics;
}

NamedTensors Rollouts::state() const {
  if (step_ < 0) return {};
  NamedTensors tensors;
  // Otherwise the next step makes another batch.
  if ((step_ + 1) % rollout_.reuse != 0) tensors = tensors_of(batch_, planted_sources());
  tensors.emplace_back("signal", torch::tensor({rows_, rows_with_signal_}, torch::kInt64));
  return tensors;
}

void Rollouts::restore(const NamedTensors& state) {
  for (const auto& [name, tensor] : state) {
    if (name != "signal") continue;
    if (tensor.scalar_type() != torch::kInt64 || tensor.numel() != 2) {
      fail_rollout("it has no counts");
    }
    rows_ = tensor.flatten()[0].item<int64_t>();
    rows_with_signal_ = tensor.flatten()[1].item<int64_t>();
  }
  if (state.size() < 2) return;
  batch_ = rollout_batch_of(state, planted_sources(), sampled_source_, parts_.facts);
  if (term_.term.objective.facts().needs_reference && batch_.column.reference.empty()) {
    fail_rollout("it was not compared with the reference");
  }
}

}  // namespace leakprobe
