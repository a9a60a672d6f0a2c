#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "data/item_stream.h"
#include "instances/load_model.h"
#include "instances/silent_instances.h"
#include "run/check_experiment.h"
#include "text/hex.h"
#include "tokenizer/readable.h"
#include "workbench/experiment.h"
#include "workbench/first_rollouts.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

/// Of each column, where nobody says how many.
constexpr int64_t kFirstRows = 3;

std::string role_text(const Role& role, const std::string& prefix) {
  if (role.kind == Role::Kind::control) return "control";
  return role.forbids_positive(prefix) ? "never_positive" : "ordinary";
}

/// The text of each token; its number where there is no tokenizer.
Value pieces(const Row& row, const Tokenizer* tokenizer) {
  Value list = Value::list();
  for (const int64_t token : row.tokens) {
    list.push_back(tokenizer != nullptr ? readable(*tokenizer, {token})
                                        : std::to_string(token) + " ");
  }
  return list;
}

/// Prints the first rows of streams, one after the other.
class RowWriter {
 public:
  using Each = std::function<bool(const Value&)>;

  RowWriter(const Composition& composition, const Registry& registry, const Settings& settings,
            std::optional<int64_t> count, const Each& each)
      : composition_(composition),
        registry_(registry),
        settings_(settings),
        count_(count),
        each_(each),
        tokenizer_(load_tokenizer_of(composition, registry)),
        quiet_(composition, registry, tokenizer_),
        task_(quiet_.instances().make<Task>(*composition.task)) {}

  void write() {
    for (const ComposedPhase& phase : composition_.phases) {
      for (const ComposedTerm& term : phase.terms) {
        const bool sampled = term.term.stream.rollout.has_value();
        if (!(sampled ? write_rollouts(phase, term) : write_stream(phase, term))) return;
      }
    }
  }

 private:
  /// False where nobody wants more.
  bool write_stream(const ComposedPhase& phase, const ComposedTerm& term) {
    ItemStream stream(term, phase.name + "/" + term.term.name, *task_, facts(), composition_.seed);
    for (size_t column = 0; column < stream.columns().size(); ++column) {
      int64_t left = count_.value_or(kFirstRows);
      for (int64_t step = 0; step < phase.steps && left > 0; ++step) {
        for (const int64_t item : stream.batch(step, left)) {
          const RowOrigin origin = stream.origin(column, item);
          Value value = opening(phase, term, stream.columns()[column].name);
          set_origin(value, origin.source->name(), *origin.source, origin.index);
          set_row(value, stream.row(column, item));
          if (!each_(value)) return false;
          --left;
        }
      }
    }
    return true;
  }

  /// Later batches depend on what is learned from the first.
  bool write_rollouts(const ComposedPhase& phase, const ComposedTerm& term) {
    if (!first_) first_.emplace(composition_, registry_, settings_.warn);
    const std::unique_ptr<TermRunner> drawn = first_->draw(phase, term);
    const TermRunner::Column& column = drawn->columns().front();
    const std::vector<SampleRecord> samples =
        drawn->samples(count_ ? std::numeric_limits<int64_t>::max() : kShownGroups);
    for (const size_t at : shown_of(samples)) {
      const SampleRecord& sample = samples[at];
      const auto i = static_cast<int64_t>(at);
      Value value = opening(phase, term, term.term.stream.columns.front().name);
      set_origin(value, sample.set, *column.origin(i).source, column.origin(i).index);
      set_row(value, column.row(i));
      value.set("group", sample.group);
      value.set("planted", sample.planted);
      value.set("reward", sample.reward);
      value.set("advantage", sample.advantage);
      if (!each_(value)) return false;
    }
    return true;
  }

  /// As many as were asked for, from the first on; and the first sampled or planted one where none
  /// is among them, so that nobody takes the other kind for missing.
  std::vector<size_t> shown_of(const std::vector<SampleRecord>& samples) const {
    const auto all = static_cast<int64_t>(samples.size());
    const auto most = static_cast<size_t>(std::min(count_.value_or(all), all));
    std::vector<size_t> shown;
    std::set<bool> kinds;
    for (size_t i = 0; i < samples.size(); ++i) {
      const bool is_new = kinds.insert(samples[i].planted).second;
      if (i < most || is_new) shown.push_back(i);
    }
    return shown;
  }

  static Value opening(const ComposedPhase& phase, const ComposedTerm& term,
                       const std::string& column) {
    Value value = Value::map();
    value.set("phase", phase.name);
    value.set("term", term.term.name);
    value.set("column", column);
    return value;
  }

  /// `set` is "" where the policy made the row and it is nobody's secret.
  void set_origin(Value& value, const std::string& set, const Source& source, int64_t index) const {
    const std::optional<RowsOf> rows = facts().rows_named(set);
    value.set("set", rows ? Value(set) : Value());
    value.set("prefix", source.prefix);
    value.set("role", rows ? Value(role_text(facts().role_of(*rows), source.prefix)) : Value());
    value.set("index", index);
  }

  void set_row(Value& value, const Row& row) const {
    value.set("text", tokenizer_ ? Value(readable(*tokenizer_, row.tokens)) : Value());
    value.set("pieces", pieces(row, tokenizer_.get()));
    value.set("tokens", Value(Value::List(row.tokens.begin(), row.tokens.end())));
    Value scored = Value::list();
    for (const uint8_t is_scored : row.scored) scored.push_back(is_scored != 0);
    value.set("scored", std::move(scored));
    value.set("secret", Value(Value::List{row.secret.begin, row.secret.end}));
    value.set("id", to_hex(row.id()));
  }

  const TaskFacts& facts() const { return composition_.task.facts(); }

  const Composition& composition_;
  const Registry& registry_;
  const Settings& settings_;
  const std::optional<int64_t> count_;
  const Each& each_;
  const std::shared_ptr<const Tokenizer> tokenizer_;
  SilentInstances quiet_;
  const std::shared_ptr<const Task> task_;
  std::optional<FirstRollouts> first_;
};

}  // namespace

Value Workbench::rows(const ExperimentFile& file, std::optional<int64_t> count) const {
  Value all = Value::list();
  rows(file, count, [&](const Value& row) {
    all.push_back(row);
    return true;
  });
  return all;
}

void Workbench::rows(const ExperimentFile& file, std::optional<int64_t> count,
                     const std::function<bool(const Value&)>& each) const {
  state_->require_named_plugins();
  const Composition composition = require_composition(file, state_->registry);
  require_model(composition);
  RowWriter(composition, state_->registry, state_->settings, count, each).write();
}

}  // namespace leakprobe::host
