#include "report/find_runs.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "format/files.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"
#include "records/find_run_directories.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// The axis that does not tell configurations apart.
constexpr std::string_view kSeedAxis = "seed";

/// Throws Error where another run lies in the folder of a point.
void require_run_of(const SweepRecord::Point& point, const RunRecord& run) {
  const bool is_known = !run.digest.empty();  // what is broken says so itself
  if (!is_known || (run.digest == point.digest && run.seed == point.seed)) return;
  throw Error(run.directory.string() + ": holds a run of experiment " + run.digest + " and seed " +
              std::to_string(run.seed) + ", where the sweep has " + point.digest + " and seed " +
              std::to_string(point.seed) + " (" + point.label + "); start the sweep again");
}

class Finder {
 public:
  /// The folder that was meant.
  static fs::path resolved(const fs::path& given) {
    try {
      require_folder(given);
    } catch (const Error& unfit) {
      throw host::UsageError(std::string(unfit.what()) + "; name the folder of a sweep or of runs");
    }
    return fs::canonical(given);
  }

  void add(const fs::path& given) {
    const size_t before = met_;
    const fs::path directory = resolved(given);
    std::string looked_at;
    if (is_sweep_folder(directory)) {
      add_sweep(read_sweep_record(directory));
    } else {
      FoundDirectories below = find_run_directories(directory);
      looked_at = std::move(below.looked_at);
      std::move(below.notes.begin(), below.notes.end(), std::back_inserter(found_.notes));
      for (fs::path& run : below.runs) {
        RunRecord record;
        record.directory = std::move(run);
        add_run(std::move(record), {});
      }
    }
    if (met_ == before) {
      throw host::UsageError(given.string() + ": holds no run" + looked_at +
                             "; name the folder of a sweep, a run, or one above");
    }
  }

  FoundRuns take() { return std::move(found_); }

 private:
  void add_sweep(const SweepRecord& sweep) {
    for (const SweepRecord::Axis& axis : sweep.axes) add_axis(axis);
    for (const SweepRecord::Point& point : sweep.points) {
      RunLabels labels = point.labels;
      std::erase_if(labels, [](const auto& label) { return label.first == kSeedAxis; });
      RunRecord run;
      run.directory = point.directory;
      run.name = sweep.name;
      run.digest = point.digest;
      run.seed = point.seed;
      add_run(std::move(run), std::move(labels), &point);
    }
  }

  void add_axis(const SweepRecord::Axis& given) {
    if (given.name == kSeedAxis) return;
    auto axis =
        std::find_if(found_.axes.begin(), found_.axes.end(),
                     [&](const SweepRecord::Axis& known) { return known.name == given.name; });
    if (axis == found_.axes.end()) axis = found_.axes.insert(axis, {given.name, {}});
    for (const std::string& label : given.cases) {
      if (std::find(axis->cases.begin(), axis->cases.end(), label) == axis->cases.end()) {
        axis->cases.push_back(label);
      }
    }
  }

  /// `point`: what a sweep says of it.
  void add_run(RunRecord run, RunLabels labels, const SweepRecord::Point* point = nullptr) {
    ++met_;
    // One that a sweep labels already is not met again without labels.
    if (labels.empty() && directories_.contains(run.directory)) return;
    directories_.insert(run.directory);
    if (!seen_.insert({run.directory, labels}).second) return;
    try {
      RunRecord read = reader_.read(std::move(run), found_.notes);
      if (point != nullptr) require_run_of(*point, read);
      found_.runs.push_back({std::move(read), std::move(labels)});
    } catch (const Error& broken) {
      found_.notes.push_back(std::string(broken.what()) + "; this run is left out");
    }
  }

  FoundRuns found_;
  RunReader reader_;
  std::set<fs::path> directories_;
  std::set<std::pair<fs::path, RunLabels>> seen_;
  size_t met_ = 0;  ///< runs, also those met before and broken ones
};

}  // namespace

FoundRuns find_runs(const std::vector<fs::path>& directories) {
  // Sweeps first: they label runs that other folders hold too.
  std::vector<fs::path> ordered = directories;
  std::stable_partition(ordered.begin(), ordered.end(), is_sweep_folder);
  Finder finder;
  for (const fs::path& directory : ordered) finder.add(directory);
  return finder.take();
}

}  // namespace leakprobe
