#include "sweep/saved_run.h"

#include <utility>

#include "compose/run_files.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "records/manifest.h"
#include "records/status_record.h"
#include "records/superseded_run.h"
#include "run/identity.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Why a run would not come out as it did, or go on as it began; "" where it would. `goes_on`: from
/// its saved state, which vouches for itself.
std::string staleness(const fs::path& directory, const IdentityRecord& identity, bool goes_on) {
  try {
    const Changes changes = changes_since(directory, identity);
    if (changes.any()) return changes.text() + " since";
    return goes_on ? "" : doubts_about(directory).text;
  } catch (const Error& unknown) {
    return unknown.what();
  }
}

SavedRun read(const fs::path& directory, const IdentityRecord& identity) {
  SavedRun saved;
  saved.has_state = is_taken(directory / kStateFile);
  if (std::string aside = superseded_note(directory); !aside.empty()) {
    saved.state = SavedRun::State::partial;  // the run itself puts back what is there
    saved.note = std::move(aside);
    return saved;
  }
  bool complete = false;
  if (is_taken(directory / kStatusFile)) {
    const StatusRecord status = read_status(directory);
    complete = status.state == StatusRecord::State::complete;
    saved.state = SavedRun::State::partial;
    saved.note = status.message;
  }
  const bool goes_on = saved.has_state && !complete;
  if (!complete && !goes_on && !was_complete(directory)) return saved;
  if (std::string stale = staleness(directory, identity, goes_on); !stale.empty()) {
    saved.state = SavedRun::State::stale;
    saved.note = std::move(stale);
    return saved;
  }
  if (!complete) return saved;
  ResultRecord result = read_result(directory);
  if (result.verdict == Verdict::none) return saved;  // a limited run is no result
  saved.state = SavedRun::State::complete;
  saved.result = std::move(result);
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
