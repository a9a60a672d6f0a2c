#include "records/manifest.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string_view>
#include <system_error>

#include "compose/run_files.h"
#include "compose/words.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "records/find_run_directories.h"
#include "records/result_record.h"
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

/// Its size alone tells of most changes, and a file that somebody made huge is not read.
bool is_as_written(const fs::path& file, const Written& then) {
  std::error_code ignored;
  return static_cast<int64_t>(fs::file_size(file, ignored)) == then.bytes &&
         hash_of_file(file) == then.hash;
}

/// The version of result.json since which status.json lists the files that a run wrote.
constexpr int64_t kFirstVouched = 2;

/// Whether a leakprobe left the run that listed no files yet.
bool is_older(const fs::path& directory) {
  try {
    return read_result(directory).written_version < kFirstVouched;
  } catch (const Error&) {
    return false;
  }
}

Doubts unvouched(const fs::path& directory, Doubts::Kind kind, const std::string& why) {
  const bool older = kind == Doubts::Kind::altered && is_older(directory);
  return {older ? Doubts::Kind::older : kind, "nothing vouches for its files: " + why +
                                                  (older ? ", as an older leakprobe left it" : "")};
}

/// What has become of the files that a complete run listed.
class ListedFiles {
 public:
  explicit ListedFiles(const fs::path& directory) : directory_(directory) {}

  void compare(const std::string& name, const Written& then) {
    const fs::path file = directory_ / name;
    if (std::string odd = why_no_file(file); !odd.empty()) {
      odd_.push_back(name + " " + std::move(odd));
    } else if (is_there(file)) {
      if (!is_as_written(file, then)) altered_.push_back(name);
    } else if (is_evidence(name)) {
      gone_.push_back(name);
    }
  }

  void miss(const std::string& name) { unlisted_.push_back(name); }

  Doubts doubts() const {
    Doubts doubts;
    const auto add = [&](const std::string& words) {
      doubts.kind = Doubts::Kind::altered;
      doubts.text += (doubts.text.empty() ? "" : "; ") + words;
    };
    const auto add_all = [&](const std::vector<std::string>& names, const char* one,
                             const char* many) {
      if (!names.empty()) add(enumerate(names) + (names.size() == 1 ? one : many));
    };
    add_all(altered_, " was altered after the run was complete",
            " were altered after the run was complete");
    add_all(gone_, " is gone", " are gone");
    for (const std::string& odd : odd_) add(odd);
    add_all(unlisted_, " is not listed in status.json, so that nothing vouches for it",
            " are not listed in status.json, so that nothing vouches for them");
    return doubts;
  }

 private:
  const fs::path& directory_;
  std::vector<std::string> altered_, gone_, odd_, unlisted_;
};

/// What models are read from in a folder of `directory`, by name within that.
std::vector<std::string> weights_in(const fs::path& directory, const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator each(directory / folder, failed), end; !failed && each != end;
       each.increment(failed)) {
    const std::string ending = each->path().extension().string();
    if (ending == ".safetensors" || ending == ".json" || ending == ".gguf") {
      names.push_back(folder + "/" + each->path().filename().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

/// Over the files that `wanted` takes besides the evidence. `complete`: only a complete run will
/// do.
Doubts doubts_about(const fs::path& directory, bool complete,
                    const std::function<bool(const std::string&)>& wanted) {
  const bool has_result = is_taken(directory / kResultFile);
  if (!is_taken(directory / kStatusFile)) {
    if (!has_result && !complete) return {};
    return unvouched(directory, Doubts::Kind::altered, "status.json is gone");
  }
  const StatusRecord status = read_status(directory);
  if (!status.files) {
    if (status.state == StatusRecord::State::complete) {
      return unvouched(directory, Doubts::Kind::altered, "status.json does not list them");
    }
    if (!has_result && !complete) return {};
    return unvouched(directory, Doubts::Kind::unfinished, "by status.json the run is not complete");
  }
  ListedFiles files(directory);
  for (const std::string_view name : kEvidence) {
    if (!status.files->contains(std::string(name))) files.miss(std::string(name));
  }
  std::set<std::string> checkpoints;
  for (const auto& [name, written] : *status.files) {
    if (!is_evidence(name) && !wanted(name)) continue;
    files.compare(name, written);
    if (name.starts_with(std::string(kCheckpoints) + "/")) {
      checkpoints.insert(fs::path(name).parent_path().string());
    }
  }
  for (const std::string& folder : checkpoints) {
    for (const std::string& name : weights_in(directory, folder)) {
      if (!status.files->contains(name)) files.miss(name);
    }
  }
  return files.doubts();
}

}  // namespace

WrittenFiles manifest_of(const fs::path& directory, const std::vector<std::string>& further,
                         const WrittenFiles& checkpoints) {
  WrittenFiles files;
  const auto add = [&](const std::string& name) {
    if (is_taken(directory / name)) files[name] = written_now(directory / name);
  };
  for (const std::string_view name : kEvidence) add(std::string(name));
  add(kTimingFile);
  for (const std::string& name : further) add(name);
  files.insert(checkpoints.begin(), checkpoints.end());
  return files;
}

bool was_complete(const fs::path& directory) {
  return is_taken(directory / kResultFile) && !is_taken(directory / kStateFile);
}

Doubts doubts_about(const fs::path& directory) {
  return doubts_about(directory, false, [](const std::string&) { return true; });
}

std::string require_unaltered(const fs::path& directory) {
  const Doubts doubts = doubts_about(directory);
  if (!doubts.any()) return "";
  const std::string text = directory.string() + ": " + doubts.text;
  if (doubts.kind == Doubts::Kind::older) return text;
  throw Error(text + "; put back what the run wrote, or run it again");
}

std::optional<WeightsRef> checkpoint_at(const fs::path& model) {
  std::error_code failed;
  fs::path folder = fs::canonical(model, failed);
  if (failed) return {};
  if (!fs::is_directory(folder, failed)) folder = folder.parent_path();
  const fs::path run = folder.parent_path().parent_path();
  if (folder.parent_path().filename() != kCheckpoints || !is_run_directory(run)) return {};
  return WeightsRef{folder.filename().string(), run.string(), {}};
}

void require_vouched(const WeightsRef& origin) {
  const fs::path run = origin.run;
  try {
    require_folder(run);
  } catch (const Error& unfit) {
    throw Error(std::string(unfit.what()) +
                "; name the folder of a complete run that kept its checkpoints");
  }
  if (!is_taken(run / kStatusFile) && !is_taken(run / kConfigFile)) {
    throw Error(origin.run +
                ": holds no run; name the folder of a complete one that kept its checkpoints");
  }
  const std::string folder = std::string(kCheckpoints) + "/" + origin.phase + "/";
  const Doubts doubts =
      doubts_about(run, true, [&](const std::string& name) { return name.starts_with(folder); });
  if (!doubts.any()) return;
  throw Error(origin.run + ": " + doubts.text +
              "; put back what the run wrote, or start from another run's weights");
}

}  // namespace leakprobe
