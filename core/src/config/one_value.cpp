#include "config/one_value.h"

#include <string>

#include "config/assign.h"
#include "config/set_keys.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

std::vector<SetKey> keys_of(const Override& given, const Value& experiment) {
  return whole_keys(split_path(experiment, given.path), given.value);
}

/// Whether the axis `name` has values of a path, not cases.
bool is_path(const Value& axis) { return axis.is_list() || axis.find("range") != nullptr; }

}  // namespace

bool check_against_earlier(const Override& next, bool extends, const std::vector<Override>& earlier,
                           const Value& experiment, Diagnostics& diagnostics) {
  for (const Override& other : earlier) {
    SetKeys set;
    for (const SetKey& key : keys_of(other, experiment)) set.add(key);
    for (const SetKey& key : keys_of(next, experiment)) {
      if (extends || set.find(key) == nullptr) continue;
      diagnostics.error(next.value.place, next.path,
                        "is set twice, first by " + to_string(other.value.place), "give it once");
      return false;
    }
    for (const SetKey& key : keys_set(split_path(experiment, other.path), other.value)) {
      if (is_in_place(experiment, key)) continue;
      diagnostics.error(next.value.place, next.path,
                        "takes away what was set before it, by " + to_string(other.value.place),
                        "give it first");
      return false;
    }
  }
  return true;
}

void check_sweep_against(const std::vector<Override>& overrides, const Value& experiment,
                         Diagnostics& diagnostics) {
  const Value* sweep = experiment.find("sweep");
  if (overrides.empty() || sweep == nullptr || !sweep->is_map()) return;
  SetKeys whole, parts;
  for (const Override& one : overrides) {
    for (const SetKey& key : keys_of(one, experiment)) whole.add(key);
    for (const SetKey& key : keys_set(split_path(experiment, one.path), one.value)) parts.add(key);
  }
  const auto collides = [&](const SetKeys& given, const SetKey& key, const std::string& sets,
                            const std::string& hint) {
    const SetKey* other = given.find(key);
    if (other == nullptr) return false;
    diagnostics.error(
        other->value.place, text_of(other->path),
        sets + " sets it (" + to_string(key.value.place) + "), so that this value would not hold",
        hint);
    return true;
  };
  for (const Value::Entry& axis : sweep->entries()) {
    const std::string path = "sweep." + axis.key;
    if (is_path(axis.value)) {
      Value value = axis.value;
      value.place = axis.place;
      collides(whole, {split_path(experiment, axis.key), std::move(value)},
               "the sweep's axis " + quote(axis.key),
               "give the axis other values with " + path + "=[...], or take it away with " + path +
                   "=null");
    } else if (axis.value.is_map()) {
      for (const Value::Entry& one : axis.value.entries()) {
        for (const SetKey& key : keys_set({}, one.value)) {
          if (collides(parts, key, "the sweep's case " + axis.key + "=" + one.key,
                       "change the case with " + path + "." + one.key + "." + text_of(key.path) +
                           "=..., or take the axis away with " + path + "=null")) {
            break;
          }
        }
      }
    }
  }
}

}  // namespace leakprobe
