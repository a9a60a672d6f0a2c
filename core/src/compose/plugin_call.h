#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "leakprobe/diagnosed_error.h"
#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"
#include "plugin/guard.h"

namespace leakprobe {

/// Reports what a plugin found wrong in files, for the plugin at `place`.
inline void report(const DiagnosedError& found, const Place& place, const std::string& path,
                   Diagnostics& diagnostics) {
  for (const Diagnostic& each : found.diagnostics()) {
    const Place& at = each.place.file.empty() ? place : each.place;
    if (each.severity == Diagnostic::Severity::error) {
      diagnostics.error(at, path, each.message, each.hint);
    } else {
      diagnostics.warning(at, path, each.message, each.hint);
    }
  }
}

/// What `call` into a plugin gives while an experiment is checked. Nothing where it throws: then
/// that has been reported, an Error in its own words since they are for the user.
template <class Call>
std::optional<std::invoke_result_t<Call>> call_plugin(Kind kind, const std::string& name,
                                                      const Place& place, const std::string& path,
                                                      Diagnostics& diagnostics, Call&& call) {
  std::string failure;
  try {
    return call();
  } catch (const DiagnosedError& found) {
    report(found, place, path, diagnostics);
    return std::nullopt;
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
