#pragma once

#include <filesystem>
#include <string>

namespace leakprobe {

/// What runs are after a phase that they have in common: one folder a phase digest (see
/// phase_digest.h), each the files of a run directory at that moment. A folder appears whole or not
/// at all. Any number of processes may use the same snapshots.
class PhaseSnapshots {
 public:
  /// `folder` need not exist.
  explicit PhaseSnapshots(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool has(const std::string& digest) const;
  /// Keeps the run directory, whose saved state is that of the end of a phase. Throws Error.
  void leave(const std::string& digest, const std::filesystem::path& run) const;
  /// Fills a run directory that holds no state; false where there is no such snapshot, or one from
  /// which no run can go on, such as with an altered file: `fault` then says why. Throws Error.
  bool adopt(const std::string& digest, const std::filesystem::path& run, std::string& fault) const;
  /// Removes a snapshot, where there is one that was left here, and the folder with the last.
  void remove(const std::string& digest) const;
  /// Removes what killed processes left half-written, and the folder where nothing else is in it,
  /// unless somebody is at work here.
  void remove_unfinished() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace leakprobe
