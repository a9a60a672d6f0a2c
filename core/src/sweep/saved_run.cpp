#include "sweep/saved_run.h"

#include <utility>

#include "format/files.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "records/claim_result.h"
#include "records/manifest.h"
#include "run/identity.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Why a run would not come out as it did, or go on as it began; "" where it would.
std::string staleness(const fs::path& directory, const Value& identity) {
  try {
    const Changes changes = changes_since(directory, identity);
    if (changes.any()) return changes.text() + " since";
    return doubts_about(directory, Vouched::evidence);
  } catch (const Error& unknown) {
    return unknown.what();
  }
}

SavedRun read(const fs::path& directory, const Value& identity) {
  SavedRun saved;
  const fs::path status_file = directory / "status.json";
  if (!is_there(status_file)) return saved;
  saved.state = SavedRun::State::partial;
  saved.has_state = is_there(directory / "state.safetensors");
  const JsonValue status = JsonValue::read(status_file);
  saved.note = status.find_string("message").value_or("");
  if (status.get_string("state") == "complete") {
    const JsonValue result = JsonValue::read(directory / "result.json");
    if (result.get_string("verdict") == "NONE") return saved;  // it was limited
    saved.state = SavedRun::State::complete;
    saved.result = current_result(to_value(result));
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

SavedRun read_saved_run(const fs::path& directory, const Value& identity) {
  try {
    return read(directory, identity);
  } catch (const Error& damage) {
    SavedRun saved;
    saved.state = SavedRun::State::partial;
    saved.note = damage.what();
    return saved;
  }
}

}  // namespace leakprobe
