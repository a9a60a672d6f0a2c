#include "leakprobe/host/watch.h"

#include <set>
#include <string>
#include <vector>

#include "format/files.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "records/find_run_directories.h"
#include "records/lock.h"
#include "records/sweep_record.h"
#include "watch/run_watcher.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

std::vector<WatchedRun> find_runs(const fs::path& directory) {
  try {
    require_folder(directory);
  } catch (const Error& unfit) {
    throw UsageError(std::string(unfit.what()) + "; name a run's directory or a sweep's folder");
  }
  std::vector<WatchedRun> runs;
  if (is_sweep_folder(directory)) {
    std::set<fs::path> known;  // several points may be one run
    for (const SweepRecord::Point& point : read_sweep_record(directory).points) {
      if (known.insert(point.directory).second) {
        runs.push_back({point.label, RunWatcher(point.directory)});
      }
    }
    return runs;
  }
  const FoundDirectories found = find_run_directories(directory);  // its notes nobody needs here
  for (const fs::path& run : found.runs) {
    const fs::path label = run == directory ? run.filename() : run.lexically_relative(directory);
    runs.push_back({label.string(), RunWatcher(run)});
  }
  if (runs.empty()) {
    throw UsageError(directory.string() + ": holds no run" + found.looked_at +
                     "; name a run's directory or a sweep's folder");
  }
  return runs;
}

}  // namespace

struct Watch::State {
  fs::path directory;
  std::vector<WatchedRun> runs;
};

Watch::Watch(const fs::path& directory) {
  // "runs/x/" and "." have no last part that could name the run.
  fs::path named = fs::absolute(directory).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();
  state_ = std::make_unique<State>(State{named, find_runs(named)});
}

Watch::~Watch() = default;

Value Watch::frame() {
  // Asked first, so that a run that ends meanwhile is seen once more.
  const bool held = FolderLock::is_held(state_->directory);
  // Tasks of a cluster's queue start without anybody holding the sweep's folder.
  const bool queued = is_there(state_->directory / "slurm");
  bool over = !held;
  Value runs = Value::list();
  for (WatchedRun& watched : state_->runs) {
    Value run = Value::map();
    run.set("label", watched.label);
    for (const Value& part : {watched.watcher.status(), watched.watcher.evaluations()}) {
      for (const Value::Entry& entry : part.entries()) run.set(entry.key, entry.value);
    }
    const std::string& state = run.text("state");
    if (state == "running" || (queued && (state == "waiting" || state == "interrupted"))) {
      over = false;
    }
    runs.push_back(std::move(run));
  }
  Value frame = Value::map();
  frame.set("directory", state_->directory.string());
  frame.set("over", over);
  frame.set("runs", std::move(runs));
  return frame;
}

}  // namespace leakprobe::host
