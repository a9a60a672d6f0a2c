#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "format/own_files.h"
#include "leakprobe/value.h"
#include "records/status_record.h"
#include "records/superseded_run.h"
#include "records/work_folder.h"

namespace leakprobe {

/// A folder that holds one run. Locked while the object lives; every file but the growing ones is
/// written under a temporary name and renamed, so that a crash leaves the last complete state. What
/// somebody else put there is never replaced or deleted.
class RunDirectory {
 public:
  enum class Content { nothing, partial, complete };

  /// Creates the folder if need be, locks it, removes what killed processes left half-written and
  /// puts back the run that one of them was about to replace. Throws Error where it cannot be
  /// written or another process holds it.
  explicit RunDirectory(std::filesystem::path path);
  /// Puts back the run that was superseded and not dropped. Where nothing is left that a run made,
  /// the folder is as it was found (see WorkFolder).
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Where status.json is gone or cannot be read, a result beside no state is a complete run's,
  /// and anything else that of a run that was cut off.
  Content content() const;
  bool has_state() const;
  void remove_state() const;
  /// Lists the files that a run is about to make, its sinks' among them. Throws Error where
  /// something of such a name is there that no run made.
  void claim(const std::vector<std::string>& files);
  /// Whether a run was found here whose replacement was killed before it had a state, and put back.
  bool was_put_back() const { return was_put_back_; }
  /// Keeps what earlier runs made aside, so that a new one may begin. Throws Error.
  void supersede() { superseded_.keep(); }
  /// Deletes what is kept so: the new run has a state of its own, or is complete.
  void drop_superseded() { superseded_.drop(); }
  /// Deletes what the new run made, which was asked to stop before there was anything to go on
  /// from; one that was superseded is put back. Throws Error.
  void discard();

  void write_json(const std::string& name, const Value& value) const;
  void write_text(const std::string& name, const std::string& text) const;
  void write_status(const StatusRecord& status) const;

 private:
  std::filesystem::path path_;
  WorkFolder folder_;
  OwnFiles own_;
  SupersededRun superseded_;
  bool was_put_back_ = false;
};

}  // namespace leakprobe
