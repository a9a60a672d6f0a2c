#include "sweep/saved_run.h"

#include "compose/run_files.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "records/manifest.h"
#include "records/status_record.h"
#include "run/identity.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Why a run would not come out as it did, or go on as it began; "" where it would.
std::string staleness(const fs::path& directory, const IdentityRecord& identity) {
  try {
    const Changes changes = changes_since(directory, identity);
    if (changes.any()) return changes.text() + " since";
    return doubts_about(directory).text;
  } catch (const Error& unknown) {
    return unknown.what();
  }
}

/// A result beside no state is a complete run's, whatever has become of its status.json.
bool was_complete(const fs::path& directory) {
  return is_taken(directory / kResultFile) && !is_taken(directory / kStateFile);
}

SavedRun read(const fs::path& directory, const IdentityRecord& identity) {
  SavedRun saved;
  if (!is_taken(directory / kStatusFile)) {
    if (!was_complete(directory)) return saved;
    saved.state = SavedRun::State::stale;
    saved.note = doubts_about(directory).text;
    return saved;
  }
  saved.state = SavedRun::State::partial;
  saved.has_state = is_taken(directory / kStateFile);
  const StatusRecord status = read_status(directory);
  saved.note = status.message;
  if (status.state == StatusRecord::State::complete) {
    const ResultRecord result = read_result(directory);
    if (result.verdict == Verdict::none) return saved;  // it was limited
    saved.state = SavedRun::State::complete;
    saved.result = result;
  } else if (!saved.has_state) {
    return saved;
  }
  const std::string stale = staleness(directory, identity);
  if (stale.empty()) return saved;
  saved.state = SavedRun::State::stale;
  saved.note = stale;
  return saved;
}

}  // namespace

SavedRun read_saved_run(const fs::path& directory, const IdentityRecord& identity) {
  try {
    return read(directory, identity);
  } catch (const Error& damage) {
    SavedRun saved;
    // Something that is no file is not ours to replace: the run itself will name it.
    const bool ours = why_no_file(directory / kStatusFile).empty() &&
                      why_no_file(directory / kResultFile).empty();
    saved.state =
        ours && was_complete(directory) ? SavedRun::State::stale : SavedRun::State::partial;
    saved.note = damage.what();
    return saved;
  }
}

}  // namespace leakprobe
