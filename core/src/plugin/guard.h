#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "leakprobe/error.h"
#include "leakprobe/kind.h"

namespace leakprobe {

/// What a failing plugin was doing.
struct CallSite {
  std::string plugin;      ///< such as "objective 'dpo' (phases.elicit.terms.dpo)"
  std::string phase = {};  ///< "" outside phases
  std::optional<int64_t> step = {};

  /// "objective 'dpo', phase elicit, step 12"
  std::string text() const;
};

/// "objective 'dpo'", with the place in the experiment where that is known.
std::string plugin_text(Kind kind, const std::string& name, const std::string& path = "");

/// An Error which says already in which plugin it arose; passes through outer guards unchanged.
class PluginError : public Error {
 public:
  using Error::Error;
};

/// The failure `failure` in one line: the first line of its message; LibTorch's errors without
/// their stack trace.
std::string failure_text(std::exception_ptr failure);

/// Throws PluginError "<site>: <failure>".
[[noreturn]] void throw_plugin_error(const CallSite& site, std::exception_ptr failure);

/// Calls into a plugin: gives what `call` gives, or throws PluginError whatever the plugin throws.
/// `site` is a CallSite or a callable that makes one, so that a call without failure costs nothing.
template <class Site, class Call>
decltype(auto) guarded(const Site& site, Call&& call) {
  const auto where = [&]() -> CallSite {
    if constexpr (std::is_invocable_v<const Site&>) {
      return site();
    } else {
      return site;
    }
  };
  try {
    return std::forward<Call>(call)();
  } catch (const PluginError&) {
    throw;
  } catch (...) {
    throw_plugin_error(where(), std::current_exception());
  }
}

/// The same with the parts of the site given apart; `step` below 0 = outside steps.
template <class Call>
decltype(auto) guarded(const std::string& plugin, const std::string& phase, int64_t step,
                       Call&& call) {
  return guarded(
      [&] {
        return CallSite{plugin, phase, step < 0 ? std::nullopt : std::optional<int64_t>(step)};
      },
      std::forward<Call>(call));
}

}  // namespace leakprobe
