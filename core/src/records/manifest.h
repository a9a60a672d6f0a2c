#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/weights_ref.h"
#include "records/written.h"

namespace leakprobe {

/// The files that a run wrote, for its status.json when the run is complete: those that conclusions
/// are drawn from, timing.jsonl, `further` ones, and `checkpoints` as they were when they were
/// written.
WrittenFiles manifest_of(const std::filesystem::path& directory,
                         const std::vector<std::string>& further, const WrittenFiles& checkpoints);

/// Whether a directory holds what a complete run leaves, whatever has become of its status.json: a
/// result, and no state to go on from.
bool was_complete(const std::filesystem::path& directory);

/// Why the files of a directory are not those of a run as it completed them.
struct Doubts {
  enum class Kind {
    none,
    unfinished,  ///< there is a result, and by status.json no complete run
    older,       ///< an older leakprobe left it, whose status.json lists no files
    altered,     ///< a file is another or none, or status.json is not what a complete run writes
  };
  Kind kind = Kind::none;
  /// "result.json and ledger.json were altered after the run was complete; items.jsonl is gone"
  std::string text = {};

  bool any() const { return kind != Kind::none; }
};

/// Doubts about all that a run's status.json lists; none where nothing there calls itself complete.
/// Whoever needs the space may delete checkpoints, the sinks' files, timing.jsonl and
/// samples.jsonl: of these, one that is gone says nothing wrong. Throws Error where status.json
/// cannot be read.
Doubts doubts_about(const std::filesystem::path& directory);

/// Throws Error where there are such doubts. Of a run that an older leakprobe left gives them as a
/// sentence; "" where there are none.
std::string require_unaltered(const std::filesystem::path& directory);

/// The phase of a run whose checkpoint a model's path is, whatever links lead there; nothing where
/// it is none.
std::optional<WeightsRef> checkpoint_at(const std::filesystem::path& model);

/// Throws Error where the folder that an origin names is none or holds no complete run, or there
/// are doubts about its evidence or the checkpoint of the phase.
void require_vouched(const WeightsRef& origin);

}  // namespace leakprobe
