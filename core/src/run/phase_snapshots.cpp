#include "run/phase_snapshots.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "format/atomic_file.h"
#include "format/files.h"
#include "run/lock.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kState = "state.safetensors";
/// What belongs to one run alone, whoever shares its phases.
constexpr std::array<std::string_view, 6> kOwn = {"config.yaml", "environment.json", "status.json",
                                                  "result.json", "log.txt",          kState};

bool is_own(const std::string& name) {
  if (name.starts_with('.')) return true;  // locks and temporary files
  for (const std::string_view own : kOwn) {
    if (name == own) return true;
  }
  return false;
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

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (entry.is_directory()) {
      copy_folder(entry.path(), target);
    } else {
      link_or_copy(entry.path(), target);
    }
  }
}

/// The growing files are copied; the state comes last, because a run directory with a state is one
/// that can be resumed.
void copy_run(const fs::path& from, const fs::path& to) {
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (is_own(name)) continue;
    if (entry.is_directory()) {
      copy_folder(entry.path(), to / name);
    } else {
      copy_content(entry.path(), to / name);
    }
  }
  link_or_copy(from / kState, to / kState);
}

}  // namespace

bool PhaseSnapshots::has(const std::string& digest) const { return fs::exists(folder_ / digest); }

void PhaseSnapshots::leave(const std::string& digest, const fs::path& run) const {
  if (has(digest)) return;
  const fs::path unfinished = folder_ / ("." + digest + "-" + std::to_string(::getpid()));
  try {
    fs::remove_all(unfinished);
    fs::create_directories(unfinished);
    copy_run(run, unfinished);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    throw;
  }
  std::error_code failure;
  fs::rename(unfinished, folder_ / digest, failure);
  if (!failure) return;
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);
  if (!has(digest)) fail_with_errno(folder_ / digest, "cannot be put in place", failure.value());
}

bool PhaseSnapshots::adopt(const std::string& digest, const fs::path& run) const {
  if (!has(digest)) return false;
  // So that nobody removes it meanwhile.
  const FolderLock lock(folder_, FolderLock::Kind::shared);
  if (!has(digest)) return false;
  copy_run(folder_ / digest, run);
  return true;
}

void PhaseSnapshots::remove(const std::string& digest) const {
  if (!has(digest)) return;
  const FolderLock lock(folder_, FolderLock::Kind::exclusive);
  std::error_code ignored;  // what stays costs space alone
  fs::remove_all(folder_ / digest, ignored);
}

}  // namespace leakprobe
