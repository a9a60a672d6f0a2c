#pragma once

#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "format/json_to_value.h"
#include "leakprobe/value.h"
#include "records/run_state.h"

/// What a run saves, as a run that is resumed reads it.
namespace leakprobe {

/// Facts as a file gives them back.
inline Value saved(const Value& facts) { return value_of_json(to_json(facts), "state"); }

/// One of a state's facts as it was before it was saved.
inline Value facts_of(const SavedState& state, const std::string& key) {
  return state.facts.at(key);
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
