#include "compose/rollout_reader.h"

#include <algorithm>
#include <array>

#include "compose/cells.h"
#include "compose/lengths.h"
#include "compose/named_items.h"
#include "compose/source_reader.h"
#include "compose/words.h"
#include "text/counted.h"

namespace leakprobe {
namespace {

constexpr const char* kPlant = "plant";
constexpr const char* kPerGroup = "per_group";
/// So that rows, tokens and steps of any file have products that fit in 64 bits.
constexpr int64_t kMost = int64_t{1} << 20;

/// `sample:`
struct SampleKeys : Rollout {
  std::optional<std::string> behind;  ///< `prefix:`
  static void declare(Schema<SampleKeys>& schema);
};

/// What `plant:` says besides the keys of a source.
struct PlantKeys {
  int64_t per_group = 1;
  static void declare(Schema<PlantKeys>& schema) {
    schema.field(kPerGroup, &PlantKeys::per_group, between(int64_t{1}, kMost),
                 "Planted rows of each group.", "rows");
  }
};

struct RolloutKeys {
  SampleKeys sample;
  Slot<Reward> reward;
  static void declare(Schema<RolloutKeys>& schema) {
    schema.field("sample", &RolloutKeys::sample, kAny, "How the policy makes rows.");
    schema.required("reward", &RolloutKeys::reward, kAny, "What a row is worth.");
  }
};

void SampleKeys::declare(Schema<SampleKeys>& schema) {
  schema.field(
      "set", &SampleKeys::set, kAny,
      "Set of the task whose prompts, all that stands before the secret, are continued; by "
      "default those of the planted rows, or the prompt that every row behind the prefix "
      "has.");
  schema.field("prefix", &SampleKeys::behind, kAny,
               "Prefix of the task, or 'none'; by default that of the planted rows, or the task's "
               "first.");
  schema.field("tokens", &SampleKeys::tokens, between(int64_t{1}, kMost),
               "The most tokens that a row is continued by.", "tokens");
  schema.field("temperature", &SampleKeys::temperature, between(0.01, 100.0),
               "What logits are divided by, in sampling and in every log-probability of the rows.");
  schema.field(
      "group", &SampleKeys::group, between(int64_t{1}, kMost),
      "Rows behind one prompt that are compared with one another, planted ones among them.",
      "rows");
  schema.field("reuse", &SampleKeys::reuse, between(int64_t{1}, kMost),
               "Optimizer steps on each batch of rows.", "steps");
  schema.field("end", &SampleKeys::end, kAny,
               "Text of the token that ends a row; by default each row has all its tokens.");
  schema.field("cut", &SampleKeys::cut, kAny,
               "What becomes of a row that has all its tokens and no end.");
}

const Schema<RolloutKeys>& schema_of_rollout() {
  static const Schema<RolloutKeys> schema;
  return schema;
}

const Schema<PlantKeys>& schema_of_plant() {
  static const Schema<PlantKeys> schema;
  return schema;
}

bool is_given(const Value& value, const char* key) {
  const Value* found = value.find(key);
  return found != nullptr && !found->is_null();
}

/// Reports settings of other samplers that would make the sampler another than the policy.
bool check_whole(const Value& value, const std::string& path, Reader& reader) {
  const Value* sample = value.find("sample");
  if (sample == nullptr || !sample->is_map()) return true;
  bool good = true;
  for (const char* key : {"top_k", "top_p", "min_p", "typical_p", "repetition_penalty"}) {
    if (!is_given(*sample, key)) continue;
    reader.error(sample->at(key), child_path(child_path(path, "sample"), key),
                 "rows that are trained on are drawn from the policy's whole distribution: with " +
                     std::string(key) + " they would have other probabilities than it gives them",
                 "leave it out; a probe may sample as it likes");
    good = false;
  }
  return good;
}

/// One row at a time is planted, so that a whole set of pairs says too little.
bool take_planted(Stream& stream, std::vector<Value>& orders, const Value& sources,
                  const std::string& path, const TaskFacts* task, Reader& reader) {
  SourceList list;
  if (!read_sources(list, sources, path, task, reader)) return false;
  orders = list.orders;
  for (auto& [column, source] : list.sources) {
    if (!column.empty()) {
      reader.diagnostics().error(
          source.place, child_path(path, "set"),
          "set " + Value(source.set).describe() + " has columns, and one row is planted at a time",
          hint_to_name_column(task->at(source.set)));
      return false;
    }
    stream.columns.front().sources.push_back(std::move(source));
  }
  return true;
}

bool read_plant(Stream& stream, std::vector<Value>& orders, const Value& value,
                const TaskFacts* task, Reader& reader) {
  Rollout& rollout = *stream.rollout;
  const std::string path = child_path(stream.path, kPlant);
  if (!value.is_map()) {
    return detail::wrong_type(value, path, "a source {set: ...}", reader,
                              value.is_string() ? "write {set: " + value.as_string() + "}" : "");
  }
  PlantKeys keys;
  if (!schema_of_plant().read_into(&keys, select(value, {kPerGroup}, true), path, reader)) {
    return false;
  }
  rollout.planted = keys.per_group;
  if (rollout.planted > rollout.group) {
    reader.error(is_given(value, kPerGroup) ? value.at(kPerGroup) : value,
                 child_path(path, kPerGroup),
                 "a group of " + counted(rollout.group, "row") + " has no room for " +
                     std::to_string(rollout.planted) + " planted ones",
                 "make it at most sample.group, " + std::to_string(rollout.group));
    return false;
  }
  Value sources = select(value, {kPerGroup}, false);
  if (!rollout.prefix.empty() && !is_given(value, "prefix")) {
    sources.set("prefix", rollout.prefix);
    sources.at("prefix").place = value.place;
  }
  if (!take_planted(stream, orders, sources, path, task, reader)) return false;
  const std::vector<Source>& planted = stream.columns.front().sources;
  if (rollout.prefix.empty()) rollout.prefix = planted.front().prefix;
  for (const Source& source : planted) {
    if (source.prefix == rollout.prefix) continue;
    reader.error(is_given(value, "prefix") ? value.at("prefix") : value, child_path(path, "prefix"),
                 "rows are planted behind prefix " + Value(source.prefix).describe() +
                     " and sampled behind " + Value(rollout.prefix).describe() +
                     ", but a group has one prompt",
                 "give both one prefix");
    return false;
  }
  return true;
}

/// Whose prompts are continued.
bool read_prompts(Rollout& rollout, const Value* sample, const std::string& path, bool is_planted,
                  const TaskFacts* task, Reader& reader) {
  if (task == nullptr) return true;
  if (rollout.set.empty()) {
    if (rollout.prefix.empty()) rollout.prefix = task->first_prefix();
    return check_prefix(rollout.prefix, *task, sample != nullptr ? sample->place : Place(),
                        child_path(path, "prefix"), reader.diagnostics());
  }
  if (is_planted) {
    reader.error(sample->at("set"), child_path(path, "set"),
                 "beside planted rows, the prompts that are continued are theirs",
                 "leave it out, or plant nothing");
    return false;
  }
  SourceList list;
  if (!read_sources(list, select(*sample, {"set", "prefix"}, true), path, task, reader)) {
    return false;
  }
  if (!list.sources.front().first.empty()) {
    reader.error(sample->at("set"), child_path(path, "set"),
                 "set " + Value(rollout.set).describe() + " has columns, and prompts are of one",
                 hint_to_name_column(task->at(rollout.set)));
    return false;
  }
  rollout.prefix = list.sources.front().second.prefix;
  return true;
}

/// Reports rows by whose secrets no reward may go, or which are not there, and more than can be
/// known.
bool check_known(const Slot<Reward>& reward, const std::string& path, const TaskFacts& task,
                 Diagnostics& diagnostics) {
  bool good = true;
  const auto fail = [&](const std::string& what, const std::string& hint) {
    diagnostics.error(reward->place, path, "the reward goes by " + what, hint);
    good = false;
  };
  int64_t left = kMostRewardedRows;
  for (const RewardFacts::Rows& rows : reward.facts().rows) {
    const std::string set_text = "set " + Value(rows.name).describe();
    const std::optional<RowsOf> known = task.rows_named(rows.name);
    if (!known) {
      fail("rows of " + set_text + ", which the task does not have",
           suggest(rows.name, task.row_names(), "sets of the task"));
      continue;
    }
    const SetFacts& set = task.at(known->set);
    if (set.is_control()) {
      fail("rows of " + set_text + ", which is the control: nothing may ever train on them",
           "take the set out of the reward");
      continue;
    }
    const int64_t size = set.size.value_or(0);
    if (size > left) {
      fail(set_text + " with " + counted(size, "row") + ", and the secrets of no more than " +
               std::to_string(kMostRewardedRows) + " in all can be told from other text",
           "make the set smaller, or take it out of the reward");
      break;
    }
    left -= size;
  }
  return good;
}

/// What the reward makes of planted rows.
void take_signs(Stream& stream) {
  for (Source& source : stream.columns.front().sources) {
    source.sign = Sign::both;
    for (const RewardFacts::Rows& rows : stream.rollout->reward.facts().rows) {
      if (source.name() == rows.name) source.sign = rows.sign;
    }
  }
}

/// Reports planted rows that do not fill groups.
bool check_full_groups(const Stream& stream, const TaskFacts& task, Reader& reader) {
  const StreamColumn& planted = stream.columns.front();
  if (planted.sources.empty()) return true;
  const std::optional<int64_t> rows = finite_length(planted, task);
  if (!rows || *rows % stream.rollout->planted == 0) return true;
  reader.diagnostics().error(planted.sources.front().place, child_path(stream.path, kPlant),
                             counted(*rows, "planted row") + " cannot be put into groups of " +
                                 std::to_string(stream.rollout->planted),
                             "choose 'per_group' so that it divides their number");
  return false;
}

}  // namespace

bool is_rollout(const Value& value) {
  return value.is_map() &&
         std::ranges::any_of(std::array{"sample", kPlant, "reward"},
                             [&](const char* key) { return is_given(value, key); });
}

bool read_rollout(Stream& stream, std::vector<Value>& orders, const Value& value,
                  const TaskFacts* task, Reader& reader) {
  if (!check_whole(value, stream.path, reader)) return false;
  RolloutKeys keys;
  if (!schema_of_rollout().read_into(&keys, value, stream.path, reader, {kPlant})) return false;
  const Value* sample = is_given(value, "sample") ? &value.at("sample") : nullptr;
  const std::string sample_path = child_path(stream.path, "sample");
  stream.rollout = keys.sample;
  stream.rollout->prefix = keys.sample.behind.value_or("");
  stream.rollout->reward = keys.reward;
  stream.columns = {{kRowsColumn, {}}};
  const bool is_planted = is_given(value, kPlant);
  // Before the planted rows, which take its prefix: theirs would be reported for it.
  if (!stream.rollout->prefix.empty() && task != nullptr &&
      !check_prefix(stream.rollout->prefix, *task, sample->at("prefix").place,
                    child_path(sample_path, "prefix"), reader.diagnostics())) {
    return false;
  }
  if (is_planted && !read_plant(stream, orders, value.at(kPlant), task, reader)) return false;
  if (!read_prompts(*stream.rollout, sample, sample_path, is_planted, task, reader)) return false;
  if (task == nullptr) return true;
  take_signs(stream);
  return check_known(stream.rollout->reward, child_path(stream.path, "reward"), *task,
                     reader.diagnostics()) &&
         check_full_groups(stream, *task, reader);
}

const Parameters& rollout_parameters() { return schema_of_rollout(); }
const Parameters& plant_parameters() { return schema_of_plant(); }

Value rollout_schema() {
  Value schema = schema_of_rollout().schema();
  Value plant = source_schema();
  const Value own = schema_of_plant().schema();
  for (const Value::Entry& entry : own.at("properties").entries()) {
    plant.at("properties").set(entry.key, entry.value);
  }
  plant.set("description", kPlantDoc);
  schema.at("properties").set(kPlant, std::move(plant));
  return schema;
}

}  // namespace leakprobe
