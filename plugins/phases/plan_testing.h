#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/phase.h"

/// Parts of experiments for the tests of phases.
namespace leakprobe {

inline Slot<Objective> objective(std::string type, ObjectiveFacts facts) {
  auto choice = std::make_shared<PluginChoice>();
  choice->kind = Kind::objective;
  choice->type = std::move(type);
  choice->facts = std::move(facts);
  return Slot<Objective>(std::move(choice));
}

inline Slot<Objective> up() {
  ObjectiveFacts facts;
  facts.columns = {{kRowsColumn, Sign::positive}};
  return objective("up", facts);
}

inline Slot<Objective> down() {
  ObjectiveFacts facts;
  facts.columns = {{"rejected", Sign::negative}};
  return objective("down", facts);
}

/// Compares what it pushes with text that it only looks at.
inline Slot<Objective> compare(Sign sign) {
  ObjectiveFacts facts;
  facts.columns = {{"pushed", sign}, {"seen", Sign::none}};
  return objective("compare", facts);
}

inline Slot<Objective> prefer() {
  ObjectiveFacts facts;
  facts.columns = {{"chosen", Sign::positive}, {"rejected", Sign::negative}};
  facts.needs_reference = true;
  facts.metrics = {"rewards/margins"};
  return objective("prefer", facts);
}

/// A stream with one column of whole sets behind one prefix.
inline Stream rows(const std::vector<std::string>& sets, const std::string& prefix,
                   const std::string& column = kRowsColumn) {
  Stream stream;
  StreamColumn content{column, {}};
  for (const std::string& set : sets) {
    Source source;
    source.set = set;
    source.prefix = prefix;
    content.sources.push_back(source);
  }
  stream.columns = {std::move(content)};
  return stream;
}

/// A stream whose rows the policy makes behind "regular", none of them planted, with a reward for
/// secrets of `secrets`.
inline Stream sampled(std::vector<RewardFacts::Rows> secrets) {
  RewardFacts facts;
  facts.rows = std::move(secrets);
  auto choice = std::make_shared<PluginChoice>();
  choice->kind = Kind::reward;
  choice->type = "matches";
  choice->facts = std::move(facts);
  Stream stream;
  stream.columns = {{kRowsColumn, {}}};
  stream.rollout.emplace();
  stream.rollout->prefix = "regular";
  stream.rollout->reward = Slot<Reward>(std::move(choice));
  return stream;
}

/// random preferred to useful and held_out, behind "regular".
inline Stream pairs() {
  Stream stream = rows({"random"}, "regular", "chosen");
  stream.columns.push_back(rows({"useful", "held_out"}, "regular", "rejected").columns.front());
  return stream;
}

/// useful pushed beside held_out, which is only looked at, behind "regular".
inline Stream pushed_and_seen() {
  Stream stream = rows({"useful"}, "regular", "pushed");
  stream.columns.push_back(rows({"held_out"}, "regular", "seen").columns.front());
  return stream;
}

/// The sets of the password task.
inline TaskFacts task() {
  const auto set = [](std::string name, std::optional<int64_t> size, Role::Kind role) {
    SetFacts facts;
    facts.name = std::move(name);
    facts.size = size;
    facts.role.kind = role;
    facts.distribution = "letters";
    return facts;
  };
  TaskFacts facts;
  facts.sets = {set("random", std::nullopt, Role::Kind::ordinary),
                set("useful", 12, Role::Kind::ordinary),
                set("held_out", 4, Role::Kind::never_positive),
                set("control", std::nullopt, Role::Kind::control)};
  facts.prefixes = {"regular", "reverse"};
  facts.chance = -3.258097;
  return facts;
}

inline TaskFacts task_without_control() {
  TaskFacts facts = task();
  facts.sets.pop_back();
  return facts;
}

/// The gate of that name, which must be there once.
inline Measurement gate(const Plan& plan, const std::string& name) {
  std::vector<Measurement> found;
  std::copy_if(plan.gates.begin(), plan.gates.end(), std::back_inserter(found),
               [&](const Measurement& measurement) { return measurement.name == name; });
  return found.size() == 1 ? found.front() : throw std::out_of_range("no gate " + name);
}

}  // namespace leakprobe
