#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "leakprobe/diagnosed_error.h"
#include "leakprobe/error.h"
#include "leakprobe/kind.h"

namespace leakprobe {

/// What a run is doing while the object lives, for the messages of plugins that fail meanwhile. The
/// innermost of a thread counts. The phase's name outlives the object.
class Stage {
 public:
  /// `step` below 0 = before the phase's first one.
  explicit Stage(const std::string& phase, std::optional<int64_t> step = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// ", phase elicit, step 12"; "" outside any stage.
  static std::string text();

 private:
  const std::string& phase_;
  const std::optional<int64_t> step_;
  const Stage* const outer_;
};

/// "objective 'dpo'", with the place in the experiment where that is known and says more.
std::string plugin_text(Kind kind, const std::string& name, const std::string& path = "");

/// A failure that begins with a plugin_text, as the message of a diagnostic at the plugin's place,
/// which tells the kind: "plugin 'dpo', phase elicit: broke". Any other stays as it is.
std::string at_its_place(Kind kind, const std::string& name, const std::string& path,
                         std::string failure);

/// An Error which says already in which plugin it arose; passes through outer guards unchanged.
class PluginError : public Error {
 public:
  using Error::Error;
};

/// The failure `failure` in one line: the first line of its message; LibTorch's errors without
/// their stack trace.
std::string failure_text(std::exception_ptr failure);

/// Throws PluginError "<plugin>, phase elicit, step 12: <what>".
[[noreturn]] void throw_plugin_error(const std::string& plugin, const std::string& what);

/// Calls into a plugin: gives what `call` gives, or throws PluginError whatever the plugin throws,
/// but for a DiagnosedError, which says itself where it belongs.
/// `plugin` is its plugin_text or a callable that makes it, so that a call without failure costs
/// nothing.
template <class Plugin, class Call>
decltype(auto) guarded(const Plugin& plugin, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const PluginError&) {
    throw;
  } catch (const DiagnosedError&) {
    throw;
  } catch (...) {
    const std::string what = failure_text(std::current_exception());
    if constexpr (std::is_invocable_v<const Plugin&>) {
      throw_plugin_error(plugin(), what);
    } else {
      throw_plugin_error(plugin, what);
    }
  }
}

/// The same where the plugin reads what a user wrote: its Errors pass in their own words.
template <class Plugin, class Call>
decltype(auto) guarded_reading(const Plugin& plugin, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const Error&) {
    throw;
  } catch (...) {
    throw_plugin_error(plugin, failure_text(std::current_exception()));
  }
}

}  // namespace leakprobe
