#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "leakprobe/words.h"
#include "records/environment_record.h"
#include "records/result_record.h"

namespace leakprobe {

/// What a run directory holds of the run that it is meant for.
struct SavedRun {
  enum class State {
    missing,
    partial,   ///< begun; goes on from its saved state, or else from its start
    complete,  ///< has a result
    stale,     ///< begun or done with what has changed since, see identity.h: to be done again
  };
  friend constexpr auto words_of(State) {
    return std::array{Word{State::missing, "missing", ""}, Word{State::partial, "partial", ""},
                      Word{State::complete, "complete", ""}, Word{State::stale, "stale", ""}};
  }
  State state = State::missing;
  bool has_state = false;  ///< a partial run can go on
  std::string note;        ///< why it is stale, or how a partial one ended; may be empty
  std::optional<ResultRecord> result;  ///< where complete
};

/// Reads what is there of the run that has this identity today; another process may be writing it.
/// Never throws for damaged files: they are a partial run, or a stale one where it was complete.
SavedRun read_saved_run(const std::filesystem::path& directory, const IdentityRecord& identity);

}  // namespace leakprobe
