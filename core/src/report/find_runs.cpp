#include "report/find_runs.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "format/json.h"
#include "leakprobe/error.h"
#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// The axis that does not tell configurations apart.
constexpr std::string_view kSeedAxis = "seed";

bool is_sweep(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_regular_file(directory / "sweep.json", ignored);
}

class Finder {
 public:
  /// The folder that was meant.
  static fs::path resolved(const fs::path& given) {
    std::error_code failure;
    const fs::path directory = fs::canonical(given, failure);
    if (failure || !fs::is_directory(directory, failure)) {
      throw host::UsageError(given.string() +
                             ": there is no such folder; name the folder of a sweep or of runs");
    }
    return directory;
  }

  void add(const fs::path& given) {
    const size_t before = met_;
    const fs::path directory = resolved(given);
    if (is_sweep(directory)) {
      add_sweep(directory);
    } else {
      add_below(directory);
    }
    if (met_ == before) {
      throw host::UsageError(given.string() +
                             ": holds no run; name the folder of a sweep, a run, or one above");
    }
  }

  FoundRuns take() { return std::move(found_); }

 private:
  void add_sweep(const fs::path& directory) {
    const JsonValue sweep = JsonValue::read(directory / "sweep.json");
    if (sweep.get_int("version") != 1) sweep.at("version").fail("this version is not known");
    const JsonValue axes = sweep.at("axes");
    for (size_t i = 0; i < axes.size(); ++i) add_axis(axes[i]);
    const JsonValue points = sweep.at("points");
    for (size_t i = 0; i < points.size(); ++i) {
      const JsonValue point = points[i];
      RunLabels labels;
      const JsonValue given = point.at("labels");
      for (size_t k = 0; k < axes.size(); ++k) {
        const std::string& axis = axes[k].get_string("name");
        if (axis != kSeedAxis) labels.emplace_back(axis, given.get_string(axis));
      }
      const fs::path run = fs::weakly_canonical(directory / point.get_string("directory"));
      if (is_run_directory(run)) {
        add_run(run, labels);
        continue;
      }
      RunRecord missing;
      missing.directory = run;
      missing.name = sweep.get_string("name");
      missing.digest = point.get_string("digest");
      missing.seed = point.get_int("seed", 0);
      missing.reasons = {"has not begun"};
      ++met_;
      keep(std::move(missing), std::move(labels));
    }
  }

  void add_axis(const JsonValue& given) {
    const std::string& name = given.get_string("name");
    if (name == kSeedAxis) return;
    auto axis = std::find_if(found_.axes.begin(), found_.axes.end(),
                             [&](const LabelAxis& known) { return known.name == name; });
    if (axis == found_.axes.end()) axis = found_.axes.insert(axis, {name, {}});
    const JsonValue cases = given.at("cases");
    for (size_t i = 0; i < cases.size(); ++i) {
      const std::string& label = cases[i].as_string();
      if (std::find(axis->cases.begin(), axis->cases.end(), label) == axis->cases.end()) {
        axis->cases.push_back(label);
      }
    }
  }

  /// A run's own folders hold no further runs, and hidden folders nobody's.
  void add_below(const fs::path& directory) {
    if (is_run_directory(directory)) return add_run(directory, {});
    if (is_sweep(directory)) {
      found_.notes.push_back(directory.string() + ": is a sweep; name this folder for its labels");
    }
    std::vector<fs::path> folders;
    std::error_code failure;
    for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
         entry.increment(failure)) {
      std::error_code ignored;
      if (entry->is_symlink(ignored) || !entry->is_directory(ignored)) continue;
      if (!entry->path().filename().string().starts_with(".")) folders.push_back(entry->path());
    }
    if (failure) found_.notes.push_back(directory.string() + ": " + failure.message());
    std::sort(folders.begin(), folders.end());
    for (const fs::path& folder : folders) add_below(folder);
  }

  void add_run(const fs::path& directory, RunLabels labels) {
    ++met_;
    // One that a sweep labels already is not met again without labels.
    if (labels.empty() && directories_.contains(directory)) return;
    try {
      keep(reader_.read(directory, found_.notes), std::move(labels));
    } catch (const Error& broken) {
      found_.notes.push_back(std::string(broken.what()) + "; this run is left out");
    }
  }

  void keep(RunRecord record, RunLabels labels) {
    directories_.insert(record.directory);
    if (!seen_.insert({record.directory, labels}).second) return;
    found_.runs.push_back({std::move(record), std::move(labels)});
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
  std::stable_partition(ordered.begin(), ordered.end(), is_sweep);
  Finder finder;
  for (const fs::path& directory : ordered) finder.add(directory);
  return finder.take();
}

}  // namespace leakprobe
