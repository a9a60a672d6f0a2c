#include <algorithm>

#include "data/item_stream.h"
#include "instances/load_model.h"
#include "instances/silent_instances.h"
#include "run/check_experiment.h"
#include "text/hex.h"
#include "workbench/experiment.h"
#include "workbench/workbench_state.h"

namespace leakprobe::host {
namespace {

std::string role_text(const Role& role, const std::string& prefix) {
  if (role.kind == Role::Kind::control) return "control";
  return role.forbids_positive(prefix) ? "never_positive" : "ordinary";
}

/// The text of each token; its number where there is no tokenizer.
Value pieces(const Row& row, const Tokenizer* tokenizer) {
  Value list = Value::list();
  for (const int64_t token : row.tokens) {
    list.push_back(tokenizer != nullptr ? tokenizer->decode({token}) : std::to_string(token) + " ");
  }
  return list;
}

Value row_value(const Row& row, const RowOrigin& origin, const Tokenizer* tokenizer) {
  const Source& source = *origin.source;
  Value value = Value::map();
  value.set("set", source.name());
  value.set("prefix", source.prefix);
  value.set("role", role_text(origin.set->role_of(source.column), source.prefix));
  value.set("index", origin.index);
  value.set("text", tokenizer != nullptr ? Value(tokenizer->decode(row.tokens)) : Value());
  value.set("pieces", pieces(row, tokenizer));
  Value tokens = Value::list();
  for (const int64_t token : row.tokens) tokens.push_back(token);
  value.set("tokens", std::move(tokens));
  Value scored = Value::list();
  for (const uint8_t is_scored : row.scored) scored.push_back(is_scored != 0);
  value.set("scored", std::move(scored));
  Value secret = Value::list();
  secret.push_back(row.secret.begin);
  secret.push_back(row.secret.end);
  value.set("secret", std::move(secret));
  value.set("id", to_hex(row.id()));
  return value;
}

}  // namespace

Value Workbench::rows(const ExperimentFile& file, int64_t count) const {
  Value all = Value::list();
  rows(file, count, [&](const Value& row) {
    all.push_back(row);
    return true;
  });
  return all;
}

void Workbench::rows(const ExperimentFile& file, int64_t count,
                     const std::function<bool(const Value&)>& each) const {
  state_->registry.require_named();
  const Composition composition = require_composition(file, state_->registry);
  require_model(composition);
  const std::shared_ptr<const Tokenizer> tokenizer =
      load_tokenizer_of(composition, state_->registry);
  SilentInstances quiet(composition, state_->registry, tokenizer);
  const auto task = quiet.instances().make<Task>(*composition.task);
  for (const ComposedPhase& phase : composition.phases) {
    for (const ComposedTerm& term : phase.terms) {
      ItemStream stream(term, phase.name + "/" + term.term.name, *task, composition.task.facts(),
                        composition.seed);
      for (size_t column = 0; column < stream.columns().size(); ++column) {
        int64_t left = count;
        for (int64_t step = 0; step < phase.steps && left > 0; ++step) {
          for (const int64_t item : stream.batch(step, left)) {
            Value value = Value::map();
            value.set("phase", phase.name);
            value.set("term", term.term.name);
            value.set("column", stream.columns()[column].name);
            const Value row =
                row_value(stream.row(column, item), stream.origin(column, item), tokenizer.get());
            for (const Value::Entry& entry : row.entries()) value.set(entry.key, entry.value);
            if (!each(value)) return;
            --left;
          }
        }
      }
    }
  }
}

}  // namespace leakprobe::host
