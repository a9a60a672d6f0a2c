#include "records/manifest.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <system_error>

#include "compose/run_files.h"
#include "compose/words.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "records/status_record.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// What conclusions are drawn from: every run leaves each of them.
constexpr std::array<std::string_view, 6> kEvidence = {kConfigFile, kEnvironmentFile, kResultFile,
                                                       kLedgerFile, kMetricsFile,     kItemsFile};

bool is_evidence(const std::string& name) {
  return std::find(kEvidence.begin(), kEvidence.end(), name) != kEvidence.end();
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Its size alone tells of most changes, and a file that somebody made huge is not read.
bool is_as_written(const fs::path& file, const Written& then) {
  std::error_code ignored;
  return static_cast<int64_t>(fs::file_size(file, ignored)) == then.bytes &&
         hash_of_file(file) == then.hash;
}

std::string unvouched(const std::string& why) { return "nothing vouches for its files: " + why; }

/// Over the files that `wanted` takes besides the evidence. `complete`: only a complete run will
/// do.
std::string doubts(const fs::path& directory, bool complete,
                   const std::function<bool(const std::string&)>& wanted) {
  const bool has_result = is_file(directory / kResultFile);
  if (!is_file(directory / kStatusFile)) {
    return has_result || complete ? unvouched("status.json is gone") : "";
  }
  const StatusRecord status = read_status(directory);
  if (!status.files) {
    if (status.state == StatusRecord::State::complete) {
      return unvouched("status.json does not list them");
    }
    return has_result || complete ? unvouched("by status.json the run is not complete") : "";
  }
  std::vector<std::string> altered, gone, unlisted;
  for (const std::string_view name : kEvidence) {
    if (!status.files->contains(std::string(name))) unlisted.emplace_back(name);
  }
  for (const auto& [name, written] : *status.files) {
    if (!is_evidence(name) && !wanted(name)) continue;
    if (is_file(directory / name)) {
      if (!is_as_written(directory / name, written)) altered.push_back(name);
    } else if (is_evidence(name)) {
      gone.push_back(name);
    }
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& names, const char* one, const char* many) {
    if (names.empty()) return;
    text += (text.empty() ? "" : "; ") + enumerate(names) + (names.size() == 1 ? one : many);
  };
  add(altered, " was altered after the run was complete",
      " were altered after the run was complete");
  add(gone, " is gone", " are gone");
  add(unlisted, " is not listed in status.json, so that nothing vouches for it",
      " are not listed in status.json, so that nothing vouches for them");
  return text;
}

}  // namespace

WrittenFiles manifest_of(const fs::path& directory, const std::vector<std::string>& further,
                         const WrittenFiles& checkpoints) {
  WrittenFiles files;
  const auto add = [&](const std::string& name) {
    if (is_file(directory / name)) files[name] = written_now(directory / name);
  };
  for (const std::string_view name : kEvidence) add(std::string(name));
  add(kTimingFile);
  for (const std::string& name : further) add(name);
  files.insert(checkpoints.begin(), checkpoints.end());
  return files;
}

std::string doubts_about(const fs::path& directory, Vouched what) {
  return doubts(directory, false, [&](const std::string&) { return what == Vouched::all; });
}

std::string doubts_about_weights(const fs::path& directory, const std::string& phase) {
  const std::string folder = std::string(kCheckpoints) + "/" + phase + "/";
  return doubts(directory, true, [&](const std::string& name) { return name.starts_with(folder); });
}

void require_vouched(const WeightsRef& origin) {
  const fs::path run = origin.run;
  require_folder(run);
  if (!is_there(run / kStatusFile) && !is_there(run / kConfigFile)) {
    throw Error(origin.run +
                ": holds no run; name the folder of a complete one that kept its checkpoints");
  }
  const std::string doubts = doubts_about_weights(origin.run, origin.phase);
  if (doubts.empty()) return;
  throw Error(origin.run + ": " + doubts +
              "; put back what the run wrote, or start from another run's weights");
}

bool lists_files(const fs::path& directory) {
  return is_file(directory / kStatusFile) && read_status(directory).files.has_value();
}

}  // namespace leakprobe
