#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"
#include "plugin/guard.h"

namespace leakprobe {

/// What `call` into a plugin gives while an experiment is checked. Nothing where it throws: then
/// that has been reported, an Error in its own words since they are for the user.
template <class Call>
std::optional<std::invoke_result_t<Call>> call_plugin(Kind kind, const std::string& name,
                                                      const Place& place, const std::string& path,
                                                      Diagnostics& diagnostics, Call&& call) {
  std::string failure;
  try {
    return call();
  } catch (const Error& error) {
    failure = error.what();
  } catch (...) {
    failure = at_its_place(kind, name, "",
                           plugin_text(kind, name) + ": " + failure_text(std::current_exception()));
  }
  diagnostics.error(place, path, failure);
  return std::nullopt;
}

}  // namespace leakprobe
