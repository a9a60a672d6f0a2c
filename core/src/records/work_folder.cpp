#include "records/work_folder.h"

#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "format/files.h"
#include "format/own_files.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Who only asks whether the lock is held holds it for a moment.
constexpr int kTriesToTake = 10;
constexpr int kTriesToMake = 2;
constexpr auto kPauseOfTaker = std::chrono::milliseconds(30);

/// The folder and those above it that are not there, the deepest first.
std::vector<fs::path> missing_folders(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  fs::path at = fs::absolute(folder, ignored).lexically_normal();
  if (!at.has_filename()) at = at.parent_path();
  for (; at.has_relative_path() && !is_taken(at); at = at.parent_path()) missing.push_back(at);
  return missing;
}

/// Makes the folder and locks it; nothing where another process holds it. `again`: one that lets it
/// go may remove it meanwhile, and then nothing is given, too.
std::optional<FolderLock> make_and_lock(const fs::path& folder, bool again) {
  try {
    create_folders(folder);
    return FolderLock::try_exclusive(folder);
  } catch (const Error&) {
    if (!again || is_there(folder)) throw;
    return std::nullopt;
  }
}

}  // namespace

void require_possible_folder(const fs::path& folder) {
  if (std::string odd = why_no_folder(folder); !odd.empty()) throw host::UsageError(odd);
}

WorkFolder::WorkFolder(fs::path path, const std::string& busy)
    : path_(std::move(path)), made_(missing_folders(path_)) {
  for (int tries = 0; tries < kTriesToTake && !lock_; ++tries) {
    if (tries > 0) std::this_thread::sleep_for(kPauseOfTaker);
    lock_ = make_and_lock(path_, tries < kTriesToMake);
  }
  if (!lock_) throw Error(path_.string() + ": " + busy);
}

WorkFolder::~WorkFolder() {
  try {
    if (!remove_marks(path_)) return;
  } catch (const Error&) {
    return;  // a list that cannot be read may name something
  }
  for (const fs::path& folder : made_) {
    if (::rmdir(folder.c_str()) != 0) return;
  }
}

bool remove_marks(const fs::path& folder) {
  if (OwnFiles(folder, kRunMaker).any_is_there()) return false;
  ::unlink((folder / kOwnFilesList).c_str());
  // Last, so that whoever takes the folder next reads no list that is on its way out.
  ::unlink((folder / kLockFile).c_str());
  return true;
}

}  // namespace leakprobe
