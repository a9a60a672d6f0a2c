#include "leakprobe/host/watch.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "format/json.h"
#include "leakprobe/host/workbench.h"
#include "run/lock.h"
#include "watch/run_watcher.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

bool is_run(const fs::path& folder) {
  return fs::exists(folder / "status.json") || fs::exists(folder / "config.yaml");
}

std::vector<WatchedRun> runs_of_sweep(const fs::path& folder) {
  std::vector<WatchedRun> runs;
  std::set<std::string> known;
  const JsonValue points = JsonValue::read(folder / "sweep.json").at("points");
  for (size_t i = 0; i < points.size(); ++i) {
    const std::string& directory = points[i].get_string("directory");
    if (!known.insert(directory).second) continue;
    runs.push_back(
        {points[i].get_string("label"), RunWatcher((folder / directory).lexically_normal())});
  }
  return runs;
}

std::vector<WatchedRun> runs_below(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory() && is_run(entry.path())) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<WatchedRun> runs;
  for (const fs::path& run : found) {
    runs.push_back({run.lexically_relative(folder).string(), RunWatcher(run)});
  }
  return runs;
}

std::vector<WatchedRun> find_runs(const fs::path& directory) {
  if (fs::exists(directory / "sweep.json")) return runs_of_sweep(directory);
  if (is_run(directory)) {
    std::vector<WatchedRun> runs;
    runs.push_back({directory.filename().string(), RunWatcher(directory)});
    return runs;
  }
  std::vector<WatchedRun> runs;
  if (fs::is_directory(directory)) runs = runs_below(directory);
  if (runs.empty()) {
    throw UsageError(directory.string() +
                     ": holds no run; name a run's directory or a sweep's folder");
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
  const bool queued = fs::exists(state_->directory / "slurm");
  bool over = !held;
  Value runs = Value::list();
  for (WatchedRun& watched : state_->runs) {
    Value run = Value::map();
    run.set("label", watched.label);
    for (const Value& part : {watched.watcher.status(), watched.watcher.evaluations()}) {
      for (const Value::Entry& entry : part.entries()) run.set(entry.key, entry.value);
    }
    const std::string& state = run.find("state")->as_string();
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
