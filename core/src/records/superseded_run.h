#pragma once

#include <filesystem>
#include <string>

namespace leakprobe {

/// The files of an earlier run, kept aside in its folder while a new one begins there, so that one
/// that cannot begin leaves the earlier as it was. Files are renamed and nothing else, and the name
/// of the folder in which they lie says how far that came, so that the process may be killed at any
/// moment:
///   .superseded/moving   on their way there or back: all that lies in the run's folder is of the
///                        earlier run, too
///   .superseded/kept     all are there: what lies in the run's folder is of the new run
///   .superseded/dropped  the new run has a state of its own: what is left here is deleted
/// For whoever holds the folder's lock.
class SupersededRun {
 public:
  explicit SupersededRun(std::filesystem::path folder);

  /// Ends what a killed process began. `new_run_has_state`: the files in the folder are of a run
  /// that can go on or is complete. True where an earlier run was put back. Throws Error.
  bool settle(bool new_run_has_state);
  /// Moves aside all that runs made in the folder. Throws Error where that cannot be; then it is
  /// all where it was.
  void keep();
  bool is_kept() const;
  /// Deletes what the new run made and puts the earlier one back. Throws Error.
  void put_back();
  /// Deletes what the new run made where it replaced none. Throws Error.
  void remove_new();
  /// Deletes what was kept. What cannot be deleted costs space alone, and is tried again by the
  /// next process.
  void drop();

 private:
  void move_back() const;
  void remove_aside() const;

  std::filesystem::path folder_, moving_, kept_, dropped_;
};

/// The folder in a run directory for the files of a superseded run.
inline constexpr const char* kSuperseded = ".superseded";

/// Whether an earlier run's files are aside in a run directory, on their way there or back.
bool has_superseded(const std::filesystem::path& run);
/// What is to be said of a directory in which the process that replaced a run was killed before the
/// new one had a state; "" of any other. For who only looks: the next that takes it puts it right.
std::string superseded_note(const std::filesystem::path& run);

}  // namespace leakprobe
