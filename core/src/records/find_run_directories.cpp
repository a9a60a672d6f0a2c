#include "records/find_run_directories.h"

#include <algorithm>
#include <system_error>

#include "compose/file_names.h"
#include "format/files.h"
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
         (holds(kConfigFile) && holds(kEnvironmentFile)) || (holds(kLogFile) && holds(".lock"));
}

std::vector<fs::path> find_run_directories(const fs::path& folder,
                                           std::vector<std::string>& notes) {
  if (is_run_directory(folder)) return {folder};
  if (is_sweep_folder(folder)) {
    notes.push_back(folder.string() + ": is a sweep; name this folder for its labels");
  }
  std::vector<fs::path> found;
  for (const fs::path& inner : folders_in(folder, notes)) {
    const std::vector<fs::path> below = find_run_directories(inner, notes);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

}  // namespace leakprobe
