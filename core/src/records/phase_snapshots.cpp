#include "records/phase_snapshots.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

#include "compose/run_files.h"
#include "format/atomic_file.h"
#include "format/files.h"
#include "format/own_files.h"
#include "records/lock.h"
#include "records/run_state.h"
#include "records/state_facts.h"
#include "records/superseded_run.h"
#include "records/work_folder.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// What belongs to one run alone, whoever shares its phases. The state is copied by itself.
constexpr std::array<std::string_view, 6> kOwn = {kConfigFile, kEnvironmentFile, kStatusFile,
                                                  kResultFile, kLogFile,         kStateFile};

bool is_own(const std::string& name) {
  return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

void copy_content(const fs::path& from, const fs::path& to) {
  write_file_atomically(to, read_file(from));
}

/// For files that are only ever replaced as a whole, which leaves the other name's content alone.
void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::create_hard_link(from, to, failure);
  if (failure) copy_content(from, to);
}

using CopyFile = void (*)(const fs::path& from, const fs::path& to);

void copy_folder(const fs::path& from, const fs::path& to, CopyFile copy) {
  create_folders(to);
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (entry.is_directory()) {
      copy_folder(entry.path(), target, copy);
    } else if (entry.path().filename() == kOwnFilesList) {
      copy_content(entry.path(), target);  // lines are appended to it
    } else {
      copy(entry.path(), target);
    }
  }
}

/// Copies those `files` of a run that phases in common leave alike; what grows is copied. The state
/// comes last, because a run directory with a state is one that can be resumed.
void copy_run(const fs::path& from, const fs::path& to, const std::set<std::string>& files) {
  for (const std::string& name : files) {
    std::error_code ignored;
    if (is_own(name) || !is_there(from / name)) continue;
    if (fs::is_directory(from / name, ignored)) {
      copy_folder(from / name, to / name, name == kCheckpoints ? link_or_copy : copy_content);
    } else {
      copy_content(from / name, to / name);
    }
  }
  link_or_copy(from / kStateFile, to / kStateFile);
}

/// What a snapshot holds.
std::set<std::string> files_of(const fs::path& snapshot) {
  std::set<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(snapshot)) {
    files.insert(entry.path().filename().string());
  }
  return files;
}

/// Why no run can go on from a snapshot; "" where one can.
std::string fault_of(const fs::path& snapshot) {
  std::error_code failed;
  if (fs::symlink_status(snapshot, failed).type() != fs::file_type::directory) {
    return snapshot.string() + ": is no folder";
  }
  try {
    for (const std::string& name : files_of(snapshot)) {
      if (name.starts_with('.')) return (snapshot / name).string() + ": belongs to no snapshot";
    }
    const StateFacts facts = StateFacts::of(SavedState::load(snapshot / kStateFile).facts);
    for (const WrittenFiles& files : {facts.written, facts.checkpoints}) {
      for (const auto& [name, written] : files) {
        if (!is_there(snapshot / name)) continue;  // who takes it up knows whether it needs it
        ContentHash hash;
        require_begin(snapshot / name, written, hash);
      }
    }
  } catch (const std::exception& damage) {
    return damage.what();
  }
  return "";
}

/// The folder, made where it is missing, with a lock that others may share. Who was the last to
/// need it may remove it meanwhile.
FolderLock make_and_share(const fs::path& folder) {
  constexpr int kTries = 10;
  for (int tries = 1; tries < kTries; ++tries) {
    try {
      create_folders(folder);
      return {folder, FolderLock::Kind::shared};
    } catch (const Error&) {
      if (is_there(folder)) throw;
    }
  }
  create_folders(folder);
  return {folder, FolderLock::Kind::shared};
}

/// Removes the folder where it holds nothing more, for whoever holds its lock alone.
void remove_if_unused(const fs::path& folder) {
  if (remove_marks(folder)) ::rmdir(folder.c_str());
}

/// Left in the folder of snapshots where a process was killed as it left one.
std::string unfinished_name(const std::string& digest) {
  return "." + digest + "-" + std::to_string(::getpid());
}

}  // namespace

bool PhaseSnapshots::has(const std::string& digest) const { return is_there(folder_ / digest); }

void PhaseSnapshots::leave(const std::string& digest, const fs::path& run) const {
  if (has(digest)) return;
  const FolderLock lock = make_and_share(folder_);
  const std::string unfinished = unfinished_name(digest);
  OwnFiles own(folder_, kSweepMaker);
  own.claim({unfinished});
  own.remove_folder(unfinished);
  create_folders(folder_ / unfinished);
  try {
    std::set<std::string> files = OwnFiles(run, kRunMaker).names();
    files.erase(kSuperseded);  // what could not be deleted of it is of another run
    copy_run(run, folder_ / unfinished, files);
    own.list({digest});  // where another process left it meanwhile, that one stays
    std::error_code failure;
    fs::rename(folder_ / unfinished, folder_ / digest, failure);
    if (failure && !has(digest)) {
      fail_with_errno(folder_ / digest, "cannot be put in place", failure.value());
    }
  } catch (...) {
    own.remove_folder(unfinished);
    throw;
  }
  own.remove_folder(unfinished);
}

bool PhaseSnapshots::adopt(const std::string& digest, const fs::path& run,
                           std::string& fault) const {
  if (!has(digest)) return false;
  // So that nobody removes it meanwhile.
  std::optional<FolderLock> lock;
  try {
    lock.emplace(folder_, FolderLock::Kind::shared);
  } catch (const Error&) {
    if (has(digest)) throw;
  }
  if (!has(digest)) return false;
  fault = fault_of(folder_ / digest);
  if (!fault.empty()) return false;
  const std::set<std::string> files = files_of(folder_ / digest);
  OwnFiles(run, kRunMaker).list({files.begin(), files.end()});
  copy_run(folder_ / digest, run, files);
  return true;
}

void PhaseSnapshots::remove(const std::string& digest) const {
  if (!has(digest)) return;
  const FolderLock lock(folder_, FolderLock::Kind::exclusive);
  const OwnFiles own(folder_, kSweepMaker);
  if (own.owns(digest)) own.remove_folder(digest);
  remove_if_unused(folder_);
}

void PhaseSnapshots::remove_unfinished() const {
  if (!is_there(folder_)) return;
  const auto lock = FolderLock::try_exclusive(folder_);
  if (!lock) return;  // another sweep is at work there
  const OwnFiles own(folder_, kSweepMaker);
  for (const std::string& name : own.names()) {
    if (name.starts_with('.')) own.remove_folder(name);
  }
  remove_if_unused(folder_);
}

}  // namespace leakprobe
