#include "leakprobe/host/sweep.h"

#include <chrono>

#include "claim_words.h"
#include "commands.h"
#include "experiment_arguments.h"
#include "failures.h"
#include "live_block.h"
#include "run_lines.h"
#include "signals.h"
#include "sweep_tables.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  ExperimentArguments experiment;
  std::string out;
  std::optional<int64_t> jobs;
  bool fail_fast = false;
  bool fresh = false;
  bool keep_shared = false;
  bool list = false;
  bool slurm = false;
  std::vector<std::string> slurm_arguments;
  bool quiet = false;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  options.experiment.declare(arguments);
  arguments.option("--out", "DIR", options.out, false,
                   "The sweep's folder, with its runs in DIR/runs (default: "
                   "runs/<name>/sweeps/<file>, with its runs where 'run' puts them)");
  arguments.option("--jobs", options.jobs, 1,
                   "Runs at once (default: one a core, as far as memory goes)");
  arguments.flag("--fail-fast", options.fail_fast, "Stop all runs when one has failed");
  arguments.flag("--fresh", options.fresh, "Run complete ones again, too");
  arguments.flag("--keep-shared", options.keep_shared,
                 "Keep the snapshots of shared phases for sweeps to come");
  arguments.flag("--list", options.list, "Print the plan and run nothing");
  arguments.flag("--slurm", options.slurm, "Submit the runs to Slurm as a job array");
  arguments.option("--slurm-arg", "ARG", options.slurm_arguments,
                   "An argument for sbatch, such as --slurm-arg=--time=60 (repeatable)");
  arguments.flag("--quiet", options.quiet, "No progress, only what was found");
  arguments.flag("--json", options.json, "Print the plan or the outcome as JSON");
}

/// Follows a sweep on standard error: a line for each run that ends, and on a terminal one for each
/// that goes on.
class Progress {
 public:
  Progress(const Terminal& terminal, int64_t total)
      : block_(terminal), terminal_(terminal), total_(total) {}

  void ended(const Value& run) {
    ++ended_;
    if (run.boolean("existed")) {
      ++existed_;
      return;
    }
    const std::string state = run.text("state");
    const auto effect = run.find_number("effect"), seconds = run.find_number("seconds");
    std::string text = "[" + std::to_string(ended_) + "/" + std::to_string(total_) + "] " +
                       visible(run.text("label")) + ": ";
    text += state == "complete" ? visible(plain(run.at("verdict"))) : state;
    if (effect) text += ", effect " + with_sign(*effect, 3) + " " + unit_words(run);
    if (seconds) text += " (" + duration(*seconds) + ")";
    if (state == "failed") text += ": " + visible(run.text("reason"));
    block_.print(text);
  }

  void frame(const Value& frame) {
    if (!block_.is_due()) return;
    const Value::List& running = frame.items("running");
    std::vector<std::string> lines = run_lines(terminal_, running, false);
    lines.push_back(total_line(frame, running));
    block_.draw(lines);
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string total_line(const Value& frame, const Value::List& running) const {
    const int64_t done = frame.integer("done");
    const int64_t failed = frame.integer("failed");
    double work = static_cast<double>(done + failed);
    for (const Value& run : running) work += share_of(run);
    std::string text = bar(work / static_cast<double>(total_), 16) + "  " + std::to_string(done) +
                       "/" + counted(total_, "run") + " complete";
    if (failed > 0) text += ", " + terminal_.red(std::to_string(failed) + " failed");
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    const double own = work - static_cast<double>(existed_);
    if (own > 0.02) {
      text += ", about " + clock(seconds * (static_cast<double>(total_) - work) / own) + " left";
    }
    return text;
  }

  LiveBlock block_;
  const Terminal& terminal_;
  const int64_t total_;
  int64_t ended_ = 0;
  int64_t existed_ = 0;
  Clock::time_point start_ = Clock::now();
};

ExitStatus list(const Session& session, const Options& options, const host::Sweep& sweep) {
  const Value plan = sweep.plan();
  if (options.json) {
    session.out.stream() << to_json(plan) << '\n';
  } else {
    print_sweep_plan(session.out, plan);
  }
  return kDone;
}

ExitStatus submit(const Session& session, const Options& options, host::Sweep& sweep) {
  const Value outcome = sweep.submit(options.slurm_arguments);
  if (options.json) {
    session.out.stream() << to_json(outcome) << '\n';
    return kDone;
  }
  const Value::List& jobs = outcome.items("jobs");
  if (jobs.empty()) session.out.stream() << "All runs are complete; nothing was submitted.\n";
  for (const Value& job : jobs) {
    session.out.stream() << "Submitted job " << visible(job.text("id")) << ": "
                         << counted(job.integer("runs"), "run") << ", "
                         << shown_path(job.text("script")) << '\n';
  }
  if (!jobs.empty()) {
    session.out.stream() << "Follow it:  leakprobe watch " << shown_path(outcome.text("folder"))
                         << "\nAfterwards this command without --slurm shows what was found.\n";
  }
  return kDone;
}

ExitStatus exit_status(const Value& outcome) {
  const Value& counts = outcome.at("counts");
  const auto count = [&](const char* key) { return counts.integer(key); };
  if (count("failed") > 0) return kFailed;
  // A run may have been asked alone.
  if (count("interrupted") > 0) return kInterrupted;
  if (outcome.boolean("interrupted") && count("not_started") > 0) return kInterrupted;
  return count("valid") == 0 && count("invalid") > 0 ? kInvalid : kDone;
}

ExitStatus execute(const Session& session, const Options& options, host::Sweep& sweep) {
  const Value plan = sweep.plan();
  stop_gently_on_signals();
  host::SweepObserver observer;
  std::optional<Progress> progress;
  if (!options.quiet) {
    session.err.stream() << sweep_plan_line(plan) << std::endl;
    progress.emplace(session.err, plan.integer("runs"));
    observer.ended = [&](const Value& run) { progress->ended(run); };
    observer.progress = [&](const Value& frame) { progress->frame(frame); };
  }
  const Value outcome = sweep.run(observer);
  progress.reset();
  if (options.json) {
    session.out.stream() << to_json(outcome) << '\n';
  } else {
    print_sweep_outcome(session.out, outcome);
  }
  return exit_status(outcome);
}

ExitStatus run(const Session& session, const Options& options) {
  if (!options.slurm_arguments.empty() && !options.slurm) {
    throw host::UsageError("--slurm-arg is for sbatch: give --slurm, too");
  }
  if (options.slurm && options.jobs) {
    throw host::UsageError(
        "with --slurm the cluster decides how many run at once: leave out --jobs");
  }
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  host::Sweep sweep = workbench.sweep(
      options.experiment.value(),
      {options.out, options.jobs, options.fresh, options.fail_fast, options.keep_shared});
  for (const Value& warning : sweep.plan().items("warnings")) {
    session.err.stream() << warning.as_string() << std::endl;
  }
  if (options.list) return list(session, options, sweep);
  if (options.slurm) end_on_signals();  // what is submitted goes on by itself
  return options.slurm ? submit(session, options, sweep) : execute(session, options, sweep);
}

}  // namespace

Command sweep_command() {
  return make_command<Options>(
      "sweep", "Run every experiment of a file's 'sweep:', each in a process of its own",
      "  leakprobe sweep seeds.yaml --list\n"
      "  leakprobe sweep seeds.yaml\n"
      "  leakprobe sweep seeds.yaml --slurm --slurm-arg=--time=60\n"
      "  Run again: what is complete is left, what was interrupted goes on.\n"
      "  exit status: 1 if a run failed, 75 if one was interrupted, 3 if every run is INVALID.\n",
      declare, run);
}

}  // namespace leakprobe::cli
