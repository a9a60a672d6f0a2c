#include "sweep/sweep_runner.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "format/atomic_file.h"
#include "format/files.h"
#include "format/line_reader.h"
#include "leakprobe/error.h"
#include "records/lock.h"
#include "records/phase_snapshots.h"
#include "records/sweep_record.h"
#include "records/work_folder.h"
#include "run/stop.h"
#include "sweep/child_process.h"
#include "sweep/sweep_folder.h"
#include "watch/run_watcher.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr auto kTick = std::chrono::milliseconds(50);
/// Other processes' locks are looked at this often.
constexpr int kTicksPerLook = 10;

constexpr int kExitInvalid = 3;
constexpr int kExitInterrupted = 75;
/// Of a run that was asked to stop before its first line could listen.
constexpr int kEndedByStop = 128 + SIGTERM;

/// The last line that a process left in its log.
std::string last_line(const fs::path& log) {
  std::string last;
  try {
    LineReader file(log);
    while (const auto line = file.next()) {
      if (!line->empty()) last = *line;
    }
  } catch (const Error& unreadable) {
    return unreadable.what();
  }
  const std::string prefix = "leakprobe: error: ";
  return last.starts_with(prefix) ? last.substr(prefix.size()) : last;
}

std::string failure_of(int status, const fs::path& log) {
  if (status > 128) {
    return "ended by signal " + std::to_string(status - 128) +
           (status == 128 + 9 ? " (killed; out of memory?)" : "");
  }
  const std::string line = last_line(log);
  return line.empty() ? "ended with status " + std::to_string(status) : line;
}

class SweepRunner {
 public:
  SweepRunner(SweepPlan& plan, const host::Settings& settings, const host::SweepOptions& options,
              const host::SweepObserver& observer)
      : plan_(plan),
        settings_(settings),
        options_(options),
        observer_(observer),
        snapshots_(plan.shared),
        folder_(plan.folder, who_runs_it(plan.folder)),
        is_new_(!is_sweep_folder(plan.folder)) {
    for (const char* part : {"", "configs", "slurm"}) remove_temporary_files(plan.folder / part);
    snapshots_.remove_unfinished();
    write_sweep_folder(plan);
    for (const PlannedRun& run : plan.runs) jobs_.emplace_back(run.directory);
  }

  Value run() {
    const Stoppable stoppable;
    expect_states();
    for (size_t r = 0; r < jobs_.size(); ++r) {
      if (!plan_.runs[r].to_do()) end(r, State::complete, true);
    }
    for (int tick = 0; !over(); ++tick) {
      if (stop_requested() && !stopping_) stop();
      for (size_t r = 0; r < jobs_.size(); ++r) poll(r);
      if (!stopping_) start_ready(tick % kTicksPerLook == 0);
      if (observer_.progress) observer_.progress(frame());
      std::this_thread::sleep_for(kTick);
    }
    remove_snapshots();
    snapshots_.remove_unfinished();
    const bool begun = !is_new_ || has_begun();
    Value result = outcome();
    result.set("begun", begun);
    if (!begun) remove_sweep_folder(plan_);
    return result;
  }

 private:
  enum class State { pending, running, complete, interrupted, failed };
  friend constexpr auto words_of(State) {
    return std::array{Word{State::pending, "not_started", ""}, Word{State::running, "running", ""},
                      Word{State::complete, "complete", ""},
                      Word{State::interrupted, "interrupted", ""},
                      Word{State::failed, "failed", ""}};
  }
  struct Job {
    explicit Job(const fs::path& directory) : watcher(directory) {}
    State state = State::pending;
    bool elsewhere = false;  ///< another process is at it
    std::optional<ChildProcess> child;
    RunWatcher watcher;
    Value row;  ///< once it has ended
  };

  /// False where the sweep was asked to stop before any of its runs made something.
  bool has_begun() const {
    return !stop_requested() ||
           std::any_of(plan_.runs.begin(), plan_.runs.end(),
                       [](const PlannedRun& run) { return is_taken(run.directory); }) ||
           std::any_of(jobs_.begin(), jobs_.end(),
                       [](const Job& job) { return job.state == State::failed; });
  }

  bool over() const {
    return std::all_of(jobs_.begin(), jobs_.end(), [&](const Job& job) {
      return job.state != State::running && (job.state != State::pending || stopping_);
    });
  }

  int64_t count(State state) const {
    return std::count_if(jobs_.begin(), jobs_.end(),
                         [&](const Job& job) { return job.state == state; });
  }

  void stop() {
    stopping_ = true;
    for (const Job& job : jobs_) {
      if (job.child) job.child->stop();
    }
  }

  bool is_ready(size_t r) const {
    const PlannedRun& run = plan_.runs[r];
    if (!run.waits_for) return true;
    const State stem = jobs_[*run.waits_for].state;
    return (stem != State::pending && stem != State::running) ||
           snapshots_.has(run.phases[*run.shares_up_to].digest);
  }

  void start_ready(bool look_elsewhere) {
    for (size_t r = 0; r < jobs_.size() && count(State::running) < plan_.jobs; ++r) {
      Job& job = jobs_[r];
      if (job.state != State::pending || (job.elsewhere && !look_elsewhere) || !is_ready(r)) {
        continue;
      }
      start(r);
    }
  }

  void start(size_t r) {
    Job& job = jobs_[r];
    PlannedRun& run = plan_.runs[r];
    job.elsewhere = FolderLock::is_held(run.directory);
    if (job.elsewhere) return;
    // Another sweep may have come to it first.
    const SavedRun now = read_saved_run(run.directory, run.identity);
    if (now.state == SavedRun::State::complete && run.saved.state != SavedRun::State::stale) {
      run.saved = now;
      end(r, State::complete, true);
      return;
    }
    job.child.emplace(settings_.program, run_arguments(plan_, run, settings_), plan_.log_of(run));
    job.state = State::running;
  }

  void poll(size_t r) {
    Job& job = jobs_[r];
    if (!job.child) return;
    const std::optional<int> status = job.child->poll();
    if (!status) return;
    job.child.reset();
    PlannedRun& run = plan_.runs[r];
    if (*status == 0 || *status == kExitInvalid) {
      run.saved = read_saved_run(run.directory, run.identity);
      end(r, State::complete, false);
    } else if (*status == kExitInterrupted || *status == kEndedByStop) {
      end(r, State::interrupted, false);
    } else if (FolderLock::is_held(run.directory)) {  // another process was quicker
      job.state = State::pending;
      job.elsewhere = true;
    } else {
      end(r, State::failed, false, failure_of(*status, plan_.log_of(run)));
      if (options_.fail_fast && !stopping_) stop();
    }
  }

  void end(size_t r, State state, bool existed, const std::string& reason = "") {
    Job& job = jobs_[r];
    job.state = state;
    job.row = row(r, existed, reason);
    remove_snapshots();
    if (observer_.ended) observer_.ended(job.row);
  }

  /// Snapshots of this sweep that no run waits for any more.
  void remove_snapshots() const {
    if (options_.keep_shared) return;
    std::set<std::string> needed;
    for (size_t r = 0; r < jobs_.size(); ++r) {
      // One that runs may not have come so far as to take its snapshot.
      if (jobs_[r].state == State::complete || jobs_[r].state == State::failed) continue;
      for (const PlannedRun::Phase& phase : plan_.runs[r].phases) needed.insert(phase.digest);
    }
    for (const PlannedRun& run : plan_.runs) {
      for (const PlannedRun::Phase& phase : run.phases) {
        if (needed.count(phase.digest) == 0) snapshots_.remove(phase.digest);
      }
    }
  }

  Value row(size_t r, bool existed, const std::string& reason) const {
    const PlannedRun& run = plan_.runs[r];
    const ResultRecord* result =
        jobs_[r].state == State::complete && run.saved.result ? &*run.saved.result : nullptr;
    const auto of_claim = [&](const char* key) {
      const Value* found = result ? result->claim.find(key) : nullptr;
      return found ? *found : Value();
    };
    Value row = Value::map();
    row.set("label", run.label);
    row.set("directory", run.directory.string());
    row.set("state", word_of(jobs_[r].state));
    row.set("existed", existed);
    row.set("verdict", result ? Value(word_of(result->verdict)) : Value());
    row.set("reasons",
            result ? Value(Value::List(result->reasons.begin(), result->reasons.end())) : Value());
    row.set("claim_name", of_claim("name"));  // where a run makes several
    row.set("leak", of_claim("leak"));
    row.set("effect", of_claim("effect"));
    row.set("relative_effect", result ? relative_effect(result->claim) : Value());
    row.set("unit", of_claim("unit"));
    row.set("direction", of_claim("direction"));
    row.set("chance", of_claim("chance"));
    row.set("seconds", result && result->seconds ? Value(*result->seconds) : Value());
    row.set("reason", reason);
    row.set("log", plan_.log_of(run).string());
    return row;
  }

  Value frame() {
    Value running = Value::list();
    for (size_t r = 0; r < jobs_.size(); ++r) {
      if (jobs_[r].state != State::running) continue;
      Value run = Value::map();
      const Value status = jobs_[r].watcher.status();
      for (const Value::Entry& entry : status.entries()) run.set(entry.key, entry.value);
      run.set("label", plan_.runs[r].label);
      running.push_back(std::move(run));
    }
    Value frame = Value::map();
    frame.set("total", static_cast<int64_t>(jobs_.size()));
    frame.set("done", count(State::complete));
    frame.set("failed", count(State::failed));
    frame.set("running", std::move(running));
    return frame;
  }

  Value outcome() const {
    Value runs = Value::list();
    int64_t valid = 0, invalid = 0;
    for (size_t r = 0; r < jobs_.size(); ++r) {
      const Job& job = jobs_[r];
      runs.push_back(job.row.is_null() ? row(r, false, "") : job.row);
      if (job.state != State::complete) continue;
      const std::optional<ResultRecord>& result = plan_.runs[r].saved.result;
      (result && result->verdict == Verdict::valid ? valid : invalid) += 1;
    }
    Value counts = Value::map();
    counts.set("valid", valid);
    counts.set("invalid", invalid);
    counts.set("failed", count(State::failed));
    counts.set("interrupted", count(State::interrupted));
    counts.set("not_started", count(State::pending));
    Value outcome = Value::map();
    outcome.set("folder", plan_.folder.string());
    outcome.set("runs", std::move(runs));
    outcome.set("counts", std::move(counts));
    outcome.set("interrupted", stop_requested());
    return outcome;
  }

  SweepPlan& plan_;
  const host::Settings& settings_;
  const host::SweepOptions& options_;
  const host::SweepObserver& observer_;
  const PhaseSnapshots snapshots_;
  const WorkFolder folder_;
  const bool is_new_;  ///< nobody began this sweep before
  std::vector<Job> jobs_;
  bool stopping_ = false;
};

}  // namespace

std::vector<std::string> run_arguments(const SweepPlan& plan, const PlannedRun& run,
                                       const host::Settings& settings) {
  std::vector<std::string> arguments = {"run", plan.config_of(run).string(), "--out",
                                        run.directory.string()};
  for (const fs::path& path : settings.plugin_paths) {
    arguments.insert(arguments.end(), {"--plugin-path", fs::absolute(path).string()});
  }
  arguments.emplace_back(run.saved.state == SavedRun::State::stale ? "--fresh" : "--resume");
  arguments.insert(arguments.end(), {"--shared", plan.shared.string()});
  for (const size_t phase : run.leaves) {
    arguments.insert(arguments.end(), {"--leave-after", run.phases[phase].name});
  }
  return arguments;
}

Value run_sweep(SweepPlan& plan, const host::Settings& settings, const host::SweepOptions& options,
                const host::SweepObserver& observer) {
  if (!plan.missing_models.empty()) throw host::InvalidExperiment(plan.missing_models);
  return SweepRunner(plan, settings, options, observer).run();
}

}  // namespace leakprobe
