#include "records/superseded_run.h"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "compose/run_files.h"
#include "format/files.h"
#include "format/own_files.h"
#include "leakprobe/error.h"
#include "records/lock.h"
#include "records/manifest.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMoving = "moving";
constexpr const char* kKept = "kept";

void move(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail_with_errno(from, "cannot be moved", errno);
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> names;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    names.push_back(entry->path().filename());
  }
  return names;
}

/// What runs made in `folder`, relative to it. Beside a run's checkpoints may lie others.
std::vector<fs::path> made_by_runs(const fs::path& folder) {
  std::vector<fs::path> made;
  const auto add = [&](const fs::path& file) {
    if (is_taken(folder / file)) made.push_back(file);
  };
  const OwnFiles own(folder, kRunMaker);
  for (const std::string& name : own.names()) {
    if (name == kSuperseded) continue;
    if (name != kCheckpoints) {
      add(name);
      continue;
    }
    refuse_link(folder / name, "folder");
    const OwnFiles checkpoints(folder / name, kRunMaker);
    for (const std::string& phase : checkpoints.names()) {
      add(fs::path(name) / phase);
    }
  }
  return made;
}

bool is_checkpoint(const fs::path& made) { return made.has_parent_path(); }

/// Where no checkpoint is left, whoever made it.
void remove_empty_checkpoints(const fs::path& folder) {
  const fs::path checkpoints = folder / kCheckpoints;
  const std::vector<fs::path> left = entries_of(checkpoints);
  if (left.empty() || (left.size() == 1 && left.front() == kOwnFilesList)) {
    OwnFiles(checkpoints, kRunMaker).remove_if_empty();
  }
}

/// Deletes what runs made in `folder`, but not what is kept of a superseded one.
void remove_run_files(const fs::path& folder) {
  for (const fs::path& file : made_by_runs(folder)) {
    const OwnFiles own((folder / file).parent_path(), kRunMaker);
    const std::string name = file.filename().string();
    if (is_checkpoint(file)) {
      own.remove_folder(name);
    } else {
      own.remove_file(name);
    }
  }
}

}  // namespace

SupersededRun::SupersededRun(fs::path folder)
    : folder_(std::move(folder)),
      moving_(folder_ / kSuperseded / kMoving),
      kept_(folder_ / kSuperseded / kKept),
      dropped_(folder_ / kSuperseded / "dropped") {}

bool SupersededRun::is_kept() const { return is_taken(kept_); }

bool SupersededRun::settle(bool new_run_has_state) {
  // Somebody else may have a folder of this name.
  if (!is_taken(folder_ / kSuperseded) || !OwnFiles(folder_, kRunMaker).owns(kSuperseded)) {
    return false;
  }
  refuse_link(folder_ / kSuperseded, "folder");
  if (is_kept()) {
    if (new_run_has_state) {
      drop();
      return false;
    }
    put_back();
    return true;
  }
  const bool was_moving = is_taken(moving_);
  if (was_moving) move_back();
  remove_aside();
  return was_moving;
}

void SupersededRun::keep() {
  const std::vector<fs::path> made = made_by_runs(folder_);
  if (made.empty()) return;
  for (const fs::path& file : made) {
    std::error_code ignored;
    if (is_checkpoint(file) || !fs::is_directory(fs::symlink_status(folder_ / file, ignored))) {
      continue;
    }
    throw Error((folder_ / file).string() +
                ": is a folder where a run's file was, and may hold something of others; move it "
                "away");
  }
  OwnFiles(folder_, kRunMaker).claim({kSuperseded});
  create_folders(moving_);
  try {
    for (const fs::path& file : made) {
      create_folders((moving_ / file).parent_path());
      move(folder_ / file, moving_ / file);
    }
    move(moving_, kept_);
  } catch (...) {
    move_back();
    remove_aside();
    throw;
  }
}

void SupersededRun::put_back() {
  remove_run_files(folder_);
  // From here on nothing in the run's folder is of the new run.
  move(kept_, moving_);
  move_back();
  remove_aside();
}

void SupersededRun::remove_new() {
  remove_run_files(folder_);
  remove_empty_checkpoints(folder_);
}

void SupersededRun::move_back() const {
  for (const fs::path& name : entries_of(moving_)) {
    if (name != kCheckpoints) {
      move(moving_ / name, folder_ / name);
      continue;
    }
    create_folders(folder_ / name);
    for (const fs::path& phase : entries_of(moving_ / name)) {
      move(moving_ / name / phase, folder_ / name / phase);
    }
  }
}

void SupersededRun::drop() {
  if (!is_kept()) return;
  move(kept_, dropped_);
  remove_aside();
  remove_empty_checkpoints(folder_);
}

void SupersededRun::remove_aside() const {
  std::error_code ignored;
  fs::remove_all(folder_ / kSuperseded, ignored);
}

bool has_superseded(const fs::path& run) {
  const fs::path aside = run / kSuperseded;
  if (!is_taken(aside / kKept) && !is_taken(aside / kMoving)) return false;
  try {
    return OwnFiles(run, kRunMaker).owns(kSuperseded);
  } catch (const Error&) {
    return false;  // nobody knows whose it is
  }
}

std::string superseded_note(const fs::path& run) {
  if (!has_superseded(run) || FolderLock::is_held(run)) return "";
  // Where the new run has a state, or is complete, what is kept is dropped and not put back.
  const bool moving = is_taken(run / kSuperseded / kMoving);
  if (!moving && (is_taken(run / kStateFile) || was_complete(run))) return "";
  return "an earlier run's files are in .superseded, since the run that was to replace it was "
         "killed before it had saved anything; the next run in this folder puts them back";
}

}  // namespace leakprobe
