#include "records/run_directory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "compose/run_files.h"
#include "format/atomic_file.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "model/checkpoint.h"
#include "records/manifest.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

}  // namespace

RunDirectory::RunDirectory(fs::path path)
    : path_(std::move(path)),
      folder_(path_,
              "another process is running in this directory; wait for it or choose another with "
              "--out"),
      own_(path_, kRunMaker),
      superseded_(path_) {
  was_put_back_ = superseded_.settle(has_state() || content() == Content::complete);
  remove_temporary_files(path_);
  remove_unfinished_checkpoints(path_ / kCheckpoints);
}

RunDirectory::~RunDirectory() {
  try {
    if (superseded_.is_kept()) superseded_.put_back();
  } catch (const Error&) {
    // The next process that takes the folder tries again.
  }
}

RunDirectory::Content RunDirectory::content() const {
  // Checkpoints that somebody else put there may be left where no run is.
  const auto is_of_a_run = [&](const std::string& name) {
    return name != kCheckpoints && name != kSuperseded && is_taken(path_ / name);
  };
  const std::set<std::string>& names = own_.names();
  const bool begun = std::any_of(names.begin(), names.end(), is_of_a_run);
  const Content cut_off = begun ? Content::partial : Content::nothing;
  const Content without_status = begun && was_complete(path_) ? Content::complete : cut_off;
  if (!is_taken(path_ / kStatusFile)) return without_status;
  try {
    return read_status(path_).state == StatusRecord::State::complete ? Content::complete : cut_off;
  } catch (const Error&) {
    return without_status;
  }
}

bool RunDirectory::has_state() const { return is_taken(path_ / kStateFile); }

void RunDirectory::discard() {
  if (!superseded_.is_kept()) superseded_.remove_new();
}

void RunDirectory::remove_state() const { own_.remove_file(kStateFile); }

void RunDirectory::claim(const std::vector<std::string>& files) { own_.claim(files); }

void RunDirectory::write_json(const std::string& name, const Value& value) const {
  write_text(name, to_pretty_json(value) + "\n");
}

void RunDirectory::write_text(const std::string& name, const std::string& text) const {
  write_file_atomically(path_ / name, text);
}

void RunDirectory::write_status(const StatusRecord& status) const {
  write_json(kStatusFile, status.to_value());
}

}  // namespace leakprobe
