#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/file_names.h"
#include "leakprobe/value.h"
#include "leakprobe/words.h"
#include "records/written.h"

namespace leakprobe {

/// status.json: how far a run is.
struct StatusRecord {
  enum class State { running, interrupted, failed, complete };
  friend constexpr auto words_of(State) {
    return std::array{Word{State::running, "running", "a process is at it, or was killed"},
                      Word{State::interrupted, "interrupted", "it stopped and saved its state"},
                      Word{State::failed, "failed", "it ended with an error"},
                      Word{State::complete, "complete", "it has a result"}};
  }
  struct Progress {
    std::string phase;
    int64_t step = 0, steps = 0;      ///< of the phase
    int64_t done = 0, total = 0;      ///< steps of the run
    std::optional<double> rate = {};  ///< steps a second
    /// Numbers of the last step, by name.
    std::vector<std::pair<std::string, double>> shown = {};
  };
  State state = State::running;
  std::optional<Progress> progress = {};   ///< of a run that is running or interrupted
  std::string message = {};                ///< of one that failed: why
  std::optional<WrittenFiles> files = {};  ///< of a complete one; old ones list none

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static StatusRecord of(const Value& value);
};

/// Throws Error where a directory has none, or a damaged one.
StatusRecord read_status(const std::filesystem::path& directory);

}  // namespace leakprobe
