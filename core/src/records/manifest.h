#pragma once

#include <filesystem>
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

/// Which files are looked at.
enum class Vouched {
  evidence,  ///< those that conclusions are drawn from
  all,       ///< and all others: checkpoints, the sinks' files, timing.jsonl, samples.jsonl
};

/// Why the files of a directory are not those of a run as it completed them: "result.json and
/// ledger.json were altered after the run was complete; items.jsonl is gone", or that nothing
/// vouches for a result. "" where there is no doubt, or nothing that calls itself complete. Whoever
/// needs the space may delete checkpoints, the sinks' files, timing.jsonl and samples.jsonl: of
/// these, one that is gone says nothing wrong. Throws Error where status.json cannot be read.
std::string doubts_about(const std::filesystem::path& directory, Vouched what);

/// The same of the evidence and the checkpoint of one phase, for whoever takes up its weights: a
/// run that is not complete vouches for nothing.
std::string doubts_about_weights(const std::filesystem::path& directory, const std::string& phase);

/// Throws Error where there are such doubts about the weights that an origin names, or its folder
/// is none or holds no run.
void require_vouched(const WeightsRef& origin);

/// Whether status.json lists files. Older versions of leakprobe listed none.
bool lists_files(const std::filesystem::path& directory);

}  // namespace leakprobe
