#pragma once

#include <array>
#include <string_view>

namespace leakprobe {

/// The kinds of plugin; a slot in the experiment file fixes the kind, so `type:` names stay short.
enum class Kind {
  model,
  task,
  objective,
  freezing,
  phase,
  probe,
  optimizer,
  schedule,
  sink,
  reward
};

inline constexpr std::array kKindNames = {"model", "task",      "objective", "freezing", "phase",
                                          "probe", "optimizer", "schedule",  "sink",     "reward"};

inline constexpr std::string_view name_of(Kind kind) {
  return kKindNames[static_cast<size_t>(kind)];
}

}  // namespace leakprobe
