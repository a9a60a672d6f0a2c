#include "records/find_run_directories.h"

#include <algorithm>
#include <deque>
#include <system_error>
#include <utility>

#include "compose/file_names.h"
#include "format/files.h"
#include "records/lock.h"
#include "records/superseded_run.h"
#include "records/sweep_record.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> folders_in(const fs::path& folder, std::vector<std::string>& notes) {
  std::vector<fs::path> folders;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    std::error_code ignored;
    if (entry->is_symlink(ignored) || !entry->is_directory(ignored)) continue;
    if (!entry->path().filename().string().starts_with(".")) folders.push_back(entry->path());
  }
  if (failure) notes.push_back(folder.string() + ": " + failure.message());
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

bool is_run_directory(const fs::path& folder) {
  // Whatever it is: who reads it says what it should have been.
  const auto holds = [&](const char* file) { return is_taken(folder / file); };
  // A run locks its folder and opens its log before it makes its model, and writes the rest after.
  return holds(kResultFile) || holds(kStatusFile) ||
         (holds(kConfigFile) && holds(kEnvironmentFile)) || (holds(kLogFile) && holds(kLockFile)) ||
         has_superseded(folder);
}

FoundDirectories find_run_directories(const fs::path& folder) {
  FoundDirectories found;
  std::deque<fs::path> waiting = {folder};  // the nearest first
  size_t looked_into = 0;
  for (; !waiting.empty() && looked_into < kMostFolders; waiting.pop_front()) {
    const fs::path& next = waiting.front();
    if (is_run_directory(next)) {
      found.runs.push_back(next);
      continue;
    }
    if (is_sweep_folder(next)) {
      found.notes.push_back(next.string() + ": is a sweep; name this folder for its labels");
    }
    ++looked_into;
    for (fs::path& inner : folders_in(next, found.notes)) waiting.push_back(std::move(inner));
  }
  if (!waiting.empty()) {
    const std::string nearest = std::to_string(kMostFolders) + " folders nearest to it";
    found.notes.push_back(folder.string() + ": only the " + nearest +
                          " were looked into for runs, and there are more; name those of runs");
    found.looked_at = ", nor does any of the " + nearest + " (no more are looked into)";
  } else if (looked_into > 1) {
    const size_t below = looked_into - 1;
    found.looked_at = below == 1
                          ? ", nor does the one folder below it"
                          : ", nor does any of the " + std::to_string(below) + " folders below it";
  }
  std::sort(found.runs.begin(), found.runs.end());
  return found;
}

}  // namespace leakprobe
