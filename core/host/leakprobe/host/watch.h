#pragma once

#include <filesystem>
#include <memory>

#include "leakprobe/value.h"

namespace leakprobe::host {

/// Follows a run, or the runs of a sweep, that another process works at.
class Watch {
 public:
  /// A run's directory, a sweep's folder, or a folder in which runs lie. Throws UsageError where
  /// there are none.
  explicit Watch(const std::filesystem::path& directory);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// How it stands now: {directory, over, runs: [{label, state, phase, step, steps, done, total,
  /// rate, shown, message, verdict, effect, unit, direction, set, prefix, leaks, curve, note}]}.
  /// `over`: no run can still change. States and keys are those of RunWatcher
  /// (core/src/watch/run_watcher.h).
  Value frame();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace leakprobe::host
