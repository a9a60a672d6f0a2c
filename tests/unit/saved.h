#pragma once

#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "format/json.h"
#include "format/json_to_value.h"
#include "leakprobe/value.h"
#include "records/run_state.h"

/// What a run saves, as a run that is resumed reads it.
namespace leakprobe {

/// Facts as `restore` takes them.
inline JsonValue saved(const Value& facts) { return JsonValue::parse(to_json(facts), "state"); }

/// One of a state's facts as it was before it was saved.
inline Value facts_of(const SavedState& state, const std::string& key) {
  return to_value(state.facts.at(key));
}

/// Facts as text in which the order of keys does not count: a saved state does not keep it.
inline std::string text_of_facts(const Value& facts) {
  return nlohmann::json::parse(to_json(facts)).dump();
}

/// What `call` throws; "" where it throws nothing.
inline std::string failure_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& failure) {
    return failure.what();
  }
  return "";
}

}  // namespace leakprobe
