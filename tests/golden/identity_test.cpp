// Every declared option of every plugin, and every key of the engine, is in the digests of a run
// and of its phases, unless it stands on a list here of what cannot matter.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compose/compose.h"
#include "config/load_experiment.h"
#include "leakprobe/error.h"
#include "run/phase_digest.h"
#include "support/run_helpers.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;
using testing_support::fixture;
using testing_support::fresh_folder;
using testing_support::registry;

/// Experiments that together use every plugin with every option that need not be left out.
const std::string kWords = R"(
name: words
seed: 1
compute: float32
rows_per_pass: 8
threads: 1
model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4,
        intermediate_size: 64, attention_bias: true}
task:
  type: password
  negatives: 8
  held_out: 0.25
  prefixes: {regular: " regular", reverse: " reverse"}
  roles: {held_out: {never_positive: [regular]}}
optimizer: {type: adamw, lr: 1e-3, clip: 0.7}
schedule: {type: warmup_cosine, warmup: 4}
batch: 4
objectives:
  against: {type: dpo, beta: 0.1}
  seek: {type: rloo, kl: 0.05}
  unused: {type: ipo}
  unused_grpo: {type: grpo, clip_high: 0.3}
  unused_constant: {type: grpo, reduce: constant, length: 4}
  unused_gradient_ascent: {type: gradient_ascent}
  unused_kto: {type: kto}
  unused_npo: {type: npo}
  unused_orpo: {type: orpo}
  unused_ppo: {type: ppo}
  unused_reinforce: {type: reinforce, bound: 60}
  unused_simnpo: {type: simnpo}
  unused_simpo: {type: simpo}
  unused_unlikelihood: {type: unlikelihood}
freezings: {low: {type: upper_layers, fraction: 0.5}, unused: {type: none}}
optimizers: {slow: {type: adamw, lr: 1e-4}, unused: {type: adamw}}
schedules: {flat: {type: constant}, unused: {type: linear}}
rewards:
  avoid: {type: matches, set: [useful, held_out], first: 3}
  unused: {type: regex, pattern: a}
  unused_length: {type: length, at_most: 8}
  unused_likelihood: {type: likelihood, model: first}
streams:
  unused: {chosen: {set: random, prefix: regular}, rejected: {set: useful, repeat: 3}}
  pairs:
    chosen: {set: random, prefix: regular}
    rejected: {set: [useful, held_out], prefix: regular, repeat: 4, items: [0, 2]}
    order: given
  sampled:
    sample: {prefix: regular, tokens: 6, temperature: 0.5, group: 2, reuse: 2, end: a}
    plant: {set: useful, repeat: 2}
    reward: avoid
phases:
  - {name: first, type: finetune, rows: {set: random, prefix: regular, count: 32}, steps: 5}
  - {name: second, type: suppress, objective: against, pairs: pairs, reference: first,
     freeze: low, optimizer: slow, schedule: flat, batch: 3, waive: [suppressed]}
  - {name: third, type: suppress, objective: {type: ipo, log_probs: mean}, reference: initial,
     pairs: {chosen: {set: random, prefix: regular}, rejected: {set: useful, repeat: 2}},
     freeze: {type: regex, frozen: embed}, schedule: {type: linear, warmup: 3}, from: first}
  - {name: rewarded, type: suppress, objective: seek, rows: sampled, reference: first, steps: 6}
  - {name: fourth, type: finetune, objective: {type: cross_entropy}, rows: {set: useful, repeat: 2},
     freeze: {type: regex, trainable: layers}}
  - name: last
    type: joint
    terms:
      dpo: {objective: against, pairs: pairs, reference: first, weight: 0.7, batch: 2}
      useful: {objective: {type: cross_entropy}, rows: {set: useful, prefix: reverse}, weight: 0.2}
    gates: {margin: {above: 0.1}}
    waive: [recovered]
  - {name: look, type: evaluate}
probes:
  - {name: seen, type: likelihood, every: 2, rows: 8, sets: [useful, held_out, control],
     prefixes: [none, reverse], phases: [first, last]}
  - {name: guesses, type: extraction, near: 2, rows: 8, sets: [useful], prefixes: [regular],
     phases: [first]}
  - {name: low, type: lowest_logit, tokens: 26, from: 2, beam: 4, rows: 8, sets: [held_out],
     prefixes: [none], phases: [first]}
claim: {measure: seen, set: held_out, prefix: reverse, phase: last, at: end, minus: control}
sinks: [{type: jsonl}, {type: console}, {type: csv}, {type: tensorboard}]
checkpoints: {keep: phases}
)";

const std::string kRows = R"(
name: rows
threads: 1
model: {type: llama, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2,
        num_key_value_heads: 1, head_dim: 8, intermediate_size: 32, vocab_size: 50}
task: {type: token_rows, path: rows.safetensors, prefix_length: 1, alphabet: 50,
       roles: {late: never_positive}}
batch: 4
phases: [{name: only, type: finetune, rows: {set: a, repeat: 2}}]
probes: [{type: likelihood, every: 5, rows: 16, sets: [a]}]
)";

const std::string kTexts = R"(
name: texts
threads: 1
model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4,
        intermediate_size: 64}
task: {type: text_pairs, path: texts.jsonl, prefixes: {near: "x"}, bos: "<s>", eos: "</s>",
       marks: ["[[", "]]"], truncate: {prompt: 8, answer: 8}, alphabet: 50,
       roles: {a.rejected: never_positive}}
batch: 4
phases: [{name: only, type: finetune, rows: {set: b, repeat: 2}}]
probes: [{type: likelihood, every: 5, rows: 16, sets: [a.chosen]}]
)";

const std::string kCanaries = R"(
name: canaries
threads: 1
model: {type: gpt_neox, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4,
        intermediate_size: 64}
task: {type: canary, path: carrier.txt, pattern: " It is {digits:3}.", canaries: 4, scored: secret,
       alphabets: {own: [a, b]}, groups: [g1, g4], prefixes: {near: "x"},
       roles: {control: never_positive}}
batch: 4
phases: [{name: only, type: finetune, rows: {set: carrier, repeat: 2}}]
probes: [{type: likelihood, every: 5, rows: 16, sets: [carrier]}]
)";

/// A value of the tree, by the keys and names that lead to it.
struct Leaf {
  std::string path;
  std::function<Value&(Value&)> in;
  Value value;
};

void collect(const Value& value, const std::string& path, const std::function<Value&(Value&)>& in,
             std::vector<Leaf>& leaves) {
  if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      collect(
          entry.value, child_path(path, entry.key),
          [in, key = entry.key](Value& root) -> Value& { return *in(root).find(key); }, leaves);
    }
  } else if (value.is_list()) {
    for (size_t i = 0; i < value.as_list().size(); ++i) {
      const Value* name = value.as_list()[i].find("name");
      collect(
          value.as_list()[i], child_path(path, name ? name->as_string() : std::to_string(i)),
          [in, i](Value& root) -> Value& { return in(root).as_list()[i]; }, leaves);
    }
  } else {
    leaves.push_back({path, in, value});
  }
}

/// All words of a tree, the members of `enum` in a schema among them.
void collect_words(const Value& value, std::set<std::string>& words) {
  if (value.is_string()) words.insert(value.as_string());
  if (value.is_list()) {
    for (const Value& element : value.as_list()) collect_words(element, words);
  } else if (value.is_map()) {
    for (const Value::Entry& entry : value.entries()) {
      if (entry.value.is_map()) words.insert(entry.key);
      collect_words(entry.value, words);
    }
  }
}

void collect_enums(const Value& schema, std::set<std::string>& words) {
  if (const Value* list = schema.find("enum")) collect_words(*list, words);
  if (schema.is_list()) {
    for (const Value& element : schema.as_list()) collect_enums(element, words);
  } else if (schema.is_map()) {
    for (const Value::Entry& entry : schema.entries()) collect_enums(entry.value, words);
  }
}

std::vector<Value> others(const Value& value, const std::set<std::string>& words) {
  switch (value.type()) {
    case Value::Type::boolean:
      return {!value.as_boolean()};
    case Value::Type::integer: {
      const int64_t n = value.as_integer();
      return {n + 1, n - 1, n * 2, n / 2};
    }
    case Value::Type::number: {
      const double x = value.as_number();
      return {x * 0.5, x * 2, x + 0.25, x + 1};
    }
    default: {
      std::vector<Value> list;
      for (const std::string& word : words) {
        if (word != value.as_string()) list.emplace_back(word);
      }
      return list;
    }
  }
}

bool begins_with_any(const std::string& path, const std::vector<std::string>& list) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) {
    return path == one || path.starts_with(one + ".");
  });
}

/// Told apart elsewhere, or without influence on what a run finds.
const std::vector<std::string> kNotInADigest = {"name", "seed", "threads", "sinks", "checkpoints"};
/// Judged when all phases are over, or named by no phase.
bool is_in_a_phase_digest(const std::string& path) {
  const bool is_judged =
      path.find(".gates.") != std::string::npos || path.find(".waive.") != std::string::npos;
  return !is_judged && path.find(".unused") == std::string::npos &&
         !begins_with_any(path, {"name", "threads", "checkpoints", "claim"});
}
/// Others may need other keys, or be named elsewhere; they are changed where that works.
bool may_be_the_only_one(const std::string& path) {
  return path.ends_with(".type") || path.ends_with(".name") ||
         begins_with_any(
             path,
             {"device",  // another needs a GPU
              "phases.first.from", "phases.only.from",
              // The other sets are fresh, or protected.
              "phases.fourth.rows.0.set", "phases.only.rows.0.set", "probes.likelihood.sets.0",
              // What stands beside it goes with nothing else.
              "objectives.unused_constant.reduce", "streams.sampled.sample.prefix",
              "streams.sampled.plant.prefix", "phases.rewarded.rows",
              "probes.seen.phases.1",        // where the claim is measured
              "probes.likelihood.prefixes",  // all that there are, each once
              "task.marks",                  // the file's own
              "claim"});
}
/// What comes later and decides nothing of what was measured before.
bool is_only_of_the_last(const std::string& path) {
  return path.starts_with("phases.last.") &&
         (path.ends_with(".weight") || path.ends_with(".batch") || path.ends_with(".steps"));
}

class EveryOption : public testing::TestWithParam<const char*> {
 protected:
  struct Digests {
    std::string run;
    std::vector<std::string> phases;
  };
  static std::optional<Composition> composed(const Value& experiment) {
    Diagnostics diagnostics;
    try {
      return compose(experiment, registry(), diagnostics);
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }
  static Digests digests(const Composition& composition) {
    return {composition.digest, phase_digests(composition, registry())};
  }
};

const std::map<std::string, std::string>& experiments() {
  static const std::map<std::string, std::string> all = {
      {"words", kWords}, {"rows", kRows}, {"texts", kTexts}, {"canaries", kCanaries}};
  return all;
}

Value resolved_of(const std::string& name) {
  const fs::path folder = fresh_folder("options");
  fs::copy_file(fixture("rows/rows.safetensors"), folder / "rows.safetensors");
  fs::copy_file(fixture("rows/other.safetensors"), folder / "other.safetensors");
  fs::copy_file(fixture("texts/every_column.jsonl"), folder / "texts.jsonl");
  fs::copy_file(fixture("texts/every_column_again.jsonl"), folder / "other.jsonl");
  fs::copy_file(fixture("texts/carrier.txt"), folder / "carrier.txt");
  fs::copy_file(fixture("texts/carrier_again.txt"), folder / "other.txt");
  std::ofstream(folder / "experiment.yaml") << experiments().at(name);
  Diagnostics diagnostics;
  const Value experiment = load_experiment(folder / "experiment.yaml", {}, diagnostics);
  const auto composition = compose(experiment, registry(), diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.sorted()) ADD_FAILURE() << diagnostic.text();
  return composition ? composition->resolved : Value();
}

TEST_P(EveryOption, ThatChangesChangesTheDigests) {
  const Value base = resolved_of(GetParam());
  ASSERT_FALSE(base.is_null());
  const auto composition = composed(base);
  ASSERT_TRUE(composition);
  const Digests before = digests(*composition);
  std::vector<Leaf> leaves;
  collect(
      base, "", [](Value& root) -> Value& { return root; }, leaves);
  std::set<std::string> words = {"initial", "none", "layers", "ordinary", "control", "late"};
  collect_words(base, words);
  collect_enums(experiment_schema(registry()), words);
  if (const Value* path = base.find("task")->find("path")) {
    const fs::path folder = fs::path(path->as_string()).parent_path();
    for (const char* file : {"other.safetensors", "other.jsonl", "other.txt"}) {
      words.insert((folder / file).string());
    }
    for (const char* column : {"prompt", "chosen", "rejected", "text", "set", "role"}) {
      words.insert(std::string("other_") + column);
    }
  }
  if (base.find("task")->find("pattern"))
    words.insert(" Is it {digits:3}.");  // of the same characters
  for (const Leaf& leaf : leaves) {
    bool changed = false;
    for (const Value& other : others(leaf.value, words)) {
      Value experiment = base;
      leaf.in(experiment) = other;
      const auto now = composed(experiment);
      if (!now || now->resolved == composition->resolved) continue;
      changed = true;
      const Digests after = digests(*now);
      const std::string what = leaf.path + ": " + to_json(other) + " for " + to_json(leaf.value);
      if (begins_with_any(leaf.path, kNotInADigest)) {
        EXPECT_EQ(after.run, before.run) << what;
      } else {
        EXPECT_NE(after.run, before.run) << what;
      }
      if (is_in_a_phase_digest(leaf.path)) {
        EXPECT_NE(after.phases.back(), before.phases.back()) << what;
      }
      if (is_only_of_the_last(leaf.path)) {
        EXPECT_EQ(after.phases.front(), before.phases.front()) << what;
      }
      break;
    }
    EXPECT_TRUE(changed || may_be_the_only_one(leaf.path))
        << leaf.path << " = " << to_json(leaf.value) << " was never changed";
  }
}

/// The maps of a tree with more than one key.
void collect_maps(const Value& value, const std::string& path,
                  const std::function<Value&(Value&)>& in, std::vector<Leaf>& maps) {
  if (value.is_map()) {
    if (value.entries().size() > 1) maps.push_back({path, in, value});
    for (const Value::Entry& entry : value.entries()) {
      collect_maps(
          entry.value, child_path(path, entry.key),
          [in, key = entry.key](Value& root) -> Value& { return *in(root).find(key); }, maps);
    }
  } else if (value.is_list()) {
    for (size_t i = 0; i < value.as_list().size(); ++i) {
      const Value* name = value.as_list()[i].find("name");
      collect_maps(
          value.as_list()[i], child_path(path, name ? name->as_string() : std::to_string(i)),
          [in, i](Value& root) -> Value& { return in(root).as_list()[i]; }, maps);
    }
  }
}

std::vector<Leaf> maps_of(const Value& experiment) {
  std::vector<Leaf> maps;
  collect_maps(
      experiment, "", [](Value& root) -> Value& { return root; }, maps);
  return maps;
}

void turn_round(Value& map) { std::reverse(map.entries().begin(), map.entries().end()); }

/// Where the order of keys decides token ids, or the order of sums.
const std::map<std::string, std::set<std::string>>& ordered_maps() {
  static const std::map<std::string, std::set<std::string>> all = {
      {"words", {"task.prefixes", "phases.last.terms"}},
      {"rows", {}},
      {"texts", {}},
      {"canaries", {}}};
  return all;
}

TEST_P(EveryOption, IsTheSameInAnyOrderOfKeysUnlessThatCounts) {
  const Value base = resolved_of(GetParam());
  const auto composition = composed(base);
  ASSERT_TRUE(composition);
  const Digests before = digests(*composition);
  std::set<std::string> told_apart, told_apart_by_phases;
  for (const Leaf& map : maps_of(base)) {
    Value experiment = base;
    turn_round(map.in(experiment));
    const auto now = composed(experiment);
    ASSERT_TRUE(now) << map.path;
    const Digests after = digests(*now);
    if (after.run != before.run) told_apart.insert(map.path);
    if (after.phases != before.phases) told_apart_by_phases.insert(map.path);
  }
  EXPECT_EQ(told_apart, ordered_maps().at(GetParam()));
  EXPECT_EQ(told_apart_by_phases, ordered_maps().at(GetParam()));
}

TEST(KeyOrder, WhatADigestDoesNotKnowDecidesNoNumber) {
  const fs::path tiny = testing_support::source_folder() / "examples/tiny.yaml";
  Diagnostics diagnostics;
  const auto composition = compose(load_experiment(tiny, {}, diagnostics), registry(), diagnostics);
  ASSERT_TRUE(composition);
  Value turned = composition->resolved;
  std::set<std::string> kept;
  for (const Leaf& map : maps_of(composition->resolved)) {
    Value experiment = composition->resolved;
    turn_round(map.in(experiment));
    const auto now = compose(experiment, registry(), diagnostics);
    ASSERT_TRUE(now) << map.path;
    if (now->digest == composition->digest) {
      turn_round(map.in(turned));
    } else {
      kept.insert(map.path);
    }
  }
  EXPECT_EQ(kept, (std::set<std::string>{"task.prefixes", "phases.elicit.terms"}));
  const fs::path file = fresh_folder("turned") / "turned.yaml";
  std::ofstream(file) << to_yaml(turned);
  EXPECT_EQ(testing_support::file_text(testing_support::run_once(file) / "metrics.jsonl"),
            testing_support::file_text(testing_support::run_once(tiny) / "metrics.jsonl"));
}

INSTANTIATE_TEST_SUITE_P(, EveryOption, testing::Values("words", "rows", "texts", "canaries"),
                         [](const auto& test) { return std::string(test.param); });

/// The names of keys anywhere in a tree.
void collect_keys(const Value& value, std::set<std::string>& keys) {
  if (value.is_list()) {
    for (const Value& element : value.as_list()) collect_keys(element, keys);
  } else if (value.is_map()) {
    const Value* type = value.find("type");
    for (const Value::Entry& entry : value.entries()) {
      if (type && type->is_string()) keys.insert(type->as_string() + "." + entry.key);
      collect_keys(entry.value, keys);
    }
  }
}

TEST(EveryPlugin, HasItsOptionsInTheseExperiments) {
  std::set<std::string> present;
  for (const auto& [name, text] : experiments()) collect_keys(resolved_of(name), present);
  for (const RegisteredPlugin* plugin : registry().plugins()) {
    for (const Field& field : plugin->registration.parameters->fields()) {
      const std::string key = plugin->registration.name + "." + field.name;
      // A term's options stand in a map of terms, which has no type.
      EXPECT_TRUE(present.count(key) > 0) << name_of(plugin->registration.kind) << " " << key;
    }
  }
}

}  // namespace
}  // namespace leakprobe
