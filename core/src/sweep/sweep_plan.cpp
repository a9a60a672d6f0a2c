#include "sweep/sweep_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "config/names.h"
#include "format/files.h"
#include "machine/machine.h"
#include "machine/threads.h"
#include "records/work_folder.h"
#include "run/check_experiment.h"
#include "run/identity.h"
#include "run/phase_digest.h"
#include "run/runner.h"
#include "sweep/phase_sharing.h"
#include "text/quote.h"
#include "workbench/estimate.h"
#include "workbench/experiment.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// What a process takes besides what its experiment is estimated to: libraries, allocator, rows.
constexpr double kProcessBytes = 400e6;
/// The part of the memory that is free now which runs may take.
constexpr double kMemoryShare = 0.8;

/// The most threads that a point's experiment says; 0 where none says it.
int64_t most_threads(const std::vector<ComposedPoint>& points) {
  int64_t most = 0;
  for (const ComposedPoint& point : points) most = std::max(most, point.composition.threads);
  return most;
}

/// Runs that fit on this machine at once: one a core as far as the memory goes. Two runs with a
/// thread each end 15 % sooner than one after the other with two (quick.yaml, two cores).
int64_t fitting_jobs(const std::vector<ComposedPoint>& points, const Registry& registry) {
  double largest = 0;
  std::set<std::string> estimated;
  for (const ComposedPoint& point : points) {
    if (!estimated.insert(point.composition.digest).second) continue;
    try {
      largest = std::max(largest, estimate(point.composition, registry).memory.value_or(0));
    } catch (const Error&) {
      // The run itself will say what is wrong; the others go on.
    }
  }
  const auto available = static_cast<double>(main_memory().available);
  const auto by_memory = static_cast<int64_t>(kMemoryShare * available / (largest + kProcessBytes));
  const auto wanted = std::min(by_memory, static_cast<int64_t>(points.size()));
  const int64_t by_processors = processors() / std::max(most_threads(points), int64_t{1});
  return std::clamp(wanted, int64_t{1}, std::max(by_processors, int64_t{1}));
}

/// Two points with one directory that differ all the same: in what does not tell runs apart.
void check_distinct(const std::vector<ComposedPoint>& points, const std::vector<SweepAxis>& axes) {
  std::map<std::string, const ComposedPoint*> known;
  Diagnostics diagnostics;
  for (const ComposedPoint& point : points) {
    const Composition& composition = point.composition;
    const auto [at, is_new] = known.emplace(composition.name + "/" + run_name(composition), &point);
    if (is_new || at->second->composition.resolved == composition.resolved) continue;
    diagnostics.error(axes.front().place, "sweep",
                      "'" + at->second->label + "' and '" + point.label +
                          "' would be one run: they differ in threads, sinks or checkpoints alone, "
                          "which do not change what a run finds",
                      "sweep something else, or give each experiment a name of its own");
    throw host::InvalidExperiment(diagnostics.sorted());
  }
}

class Planner {
 public:
  Planner(const host::ExperimentFile& file, const host::SweepOptions& options, Registry& registry)
      : options_(options), registry_(registry) {
    if (!options.out.empty()) require_possible_folder(options.out);
    plan_.file = fs::absolute(file.path).lexically_normal();
    std::vector<SweepAxis> axes;
    points_ = require_sweep(file, registry, axes, plan_.warnings);
    check_distinct(points_, axes);
    for (const SweepAxis& axis : axes) {
      SweepRecord::Axis& planned = plan_.axes.emplace_back();
      planned.name = axis.name;
      for (const SweepAxis::Case& one : axis.cases) planned.cases.push_back(one.label);
    }
  }

  SweepPlan plan() {
    const Composition& first = points_.front().composition;
    plan_.name = first.name;
    const bool own = !options_.out.empty();
    const std::string stem = plan_.file.stem().string();
    if (!own && !name_fault(stem).empty()) {
      throw host::UsageError("the name " + quote(stem) + " " + name_fault(stem) +
                             ": the sweep's folder cannot be called so; choose one with --out");
    }
    plan_.folder = own ? options_.out : runs_folder(first) / "sweeps" / stem;
    plan_.folder = fs::absolute(plan_.folder).lexically_normal();
    if (!own) require_possible_folder(plan_.folder);
    plan_.shared = fs::absolute(own ? options_.out / "runs" : runs_folder(first));
    plan_.shared = (plan_.shared / "shared").lexically_normal();
    decide_threads();
    if (is_own_sweep_folder(plan_.folder)) former_ = read_sweep_record(plan_.folder).points;
    for (ComposedPoint& point : points_) {
      add(point);
      point.composition = Composition();  // thousands are planned, and what is kept is far smaller
    }
    plan_sharing(plan_.runs);
    return std::move(plan_);
  }

 private:
  void decide_threads() {
    const int64_t fitting = fitting_jobs(points_, registry_);
    plan_.jobs = options_.jobs.value_or(fitting);
    plan_.threads = std::max(processors() / plan_.jobs, int64_t{1});
    // Another number of threads may give other bits, so that a sweep stays with the first.
    if (!options_.fresh) plan_.threads = recorded_threads(plan_.folder).value_or(plan_.threads);
    const bool all_say = std::all_of(points_.begin(), points_.end(), [](const auto& point) {
      return point.composition.threads > 0;
    });
    if (all_say) plan_.threads = most_threads(points_);
  }

  void add(ComposedPoint& point) {
    Composition& composition = point.composition;
    if (composition.threads == 0) {
      composition.threads = plan_.threads;
      composition.resolved.set("threads", plan_.threads);
    }
    const fs::path directory =
        fs::absolute(options_.out.empty() ? runs_folder(composition) : options_.out / "runs")
            .lexically_normal() /
        run_name(composition);
    const auto [at, is_new] = by_directory_.emplace(directory, plan_.runs.size());
    plan_.points.push_back(
        {point.label, point.labels, at->second, composition.digest, composition.seed});
    if (is_new) plan_.runs.push_back(make_run(point, directory));
  }

  PlannedRun make_run(const ComposedPoint& point, const fs::path& directory) {
    const Composition& composition = point.composition;
    PlannedRun run;
    run.name = run_name(composition);
    run.label = point.label;
    run.directory = directory;
    run.config = to_yaml(composition.resolved);
    run.threads = composition.threads;
    run.identity = identity_of(composition, registry_);
    const std::vector<std::string> digests = phase_digests(composition, registry_);
    for (size_t i = 0; i < digests.size(); ++i) {
      run.phases.push_back({composition.phases[i].name, composition.phases[i].steps, digests[i]});
    }
    run.saved = read_saved_run(directory, run.identity);
    if (run.saved.state == SavedRun::State::missing) take_former(run);
    if (options_.fresh && run.saved.state != SavedRun::State::missing) {
      run.saved.state = SavedRun::State::stale;
      run.saved.note = "asked for";
    }
    note_missing_model(composition);
    return run;
  }

  void note_missing_model(const Composition& composition) {
    const std::optional<Diagnostic> missing = missing_model(composition);
    std::vector<Diagnostic>& all = plan_.missing_models;
    const bool is_new = missing && std::none_of(all.begin(), all.end(), [&](const auto& known) {
                          return known.text() == missing->text();
                        });
    if (is_new) all.push_back(*missing);
  }

  /// A run that was of other data has another directory: what it is that makes it count no more.
  void take_former(PlannedRun& run) const {
    for (const SweepRecord::Point& point : former_) {
      if (point.label != run.label || !is_there(point.directory / kStatusFile)) continue;
      try {
        const Changes changes = changes_since(point.directory, run.identity);
        if (changes.experiment || !changes.any()) return;
        run.saved.state = SavedRun::State::stale;
        run.saved.note = changes.text() + " since " + point.directory.filename().string();
      } catch (const Error&) {  // nobody knows what it was of
      }
    }
  }

  const host::SweepOptions& options_;
  Registry& registry_;
  SweepPlan plan_;
  std::vector<SweepRecord::Point> former_;  ///< of an earlier start of this sweep
  std::vector<ComposedPoint> points_;
  std::map<fs::path, size_t> by_directory_;
};

}  // namespace

fs::path SweepPlan::config_of(const PlannedRun& run) const {
  return folder / "configs" / (run.name + ".yaml");
}

fs::path SweepPlan::log_of(const PlannedRun& run) const {
  return folder / "logs" / (run.name + ".log");
}

Value SweepPlan::to_value() const {
  std::map<std::string, int64_t> users;  // runs that have a phase digest
  for (const PlannedRun& run : runs) {
    for (const PlannedRun::Phase& phase : run.phases) ++users[phase.digest];
  }
  Value list = Value::list();
  for (const PlannedPoint& point : points) {
    const PlannedRun& run = runs[point.run];
    Value value = Value::map();
    value.set("label", point.label);
    value.set("labels", labels_value(point.labels));
    value.set("directory", run.directory.string());
    value.set("digest", point.digest);
    value.set("seed", static_cast<int64_t>(point.seed));
    value.set("state", word_of(run.saved.state));
    value.set("note", run.saved.note);
    const std::optional<ResultRecord>& result = run.saved.result;
    value.set("verdict", result ? Value(word_of(result->verdict)) : Value());
    Value phases = Value::list();
    int64_t steps = 0;
    for (const PlannedRun::Phase& phase : run.phases) {
      steps += phase.steps;
      Value entry = Value::map();
      entry.set("name", phase.name);
      entry.set("steps", phase.steps);
      entry.set("digest", phase.digest);
      entry.set("shared_by", users[phase.digest]);
      phases.push_back(std::move(entry));
    }
    value.set("steps", steps);
    value.set("phases", std::move(phases));
    Value leaves = Value::list();
    for (const size_t phase : run.leaves) leaves.push_back(run.phases[phase].name);
    value.set("leaves", std::move(leaves));
    value.set("waits_for", run.waits_for ? Value(runs[*run.waits_for].label) : Value());
    value.set("starts_after",
              run.shares_up_to ? Value(run.phases[*run.shares_up_to].name) : Value());
    list.push_back(std::move(value));
  }
  Value texts = Value::list();
  for (const Diagnostic& warning : warnings) texts.push_back(warning.text());
  Value value = Value::map();
  value.set("folder", folder.string());
  value.set("name", name);
  value.set("file", file.string());
  value.set("runs", static_cast<int64_t>(runs.size()));
  value.set("complete", std::count_if(runs.begin(), runs.end(),
                                      [](const PlannedRun& run) { return !run.to_do(); }));
  value.set("jobs", jobs);
  const auto [least, most] = std::minmax_element(
      runs.begin(), runs.end(),
      [](const PlannedRun& a, const PlannedRun& b) { return a.threads < b.threads; });
  value.set("threads", most->threads);
  value.set("threads_least", least->threads);
  value.set("axes", axes_value(axes));
  value.set("points", std::move(list));
  value.set("warnings", std::move(texts));
  return value;
}

SweepPlan plan_sweep(const host::ExperimentFile& file, const host::SweepOptions& options,
                     Registry& registry) {
  return Planner(file, options, registry).plan();
}

}  // namespace leakprobe
