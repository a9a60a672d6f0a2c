#include "closing_lines.h"
#include "commands.h"
#include "experiment_arguments.h"
#include "failures.h"
#include "run_screen.h"
#include "signals.h"

namespace leakprobe::cli {
namespace {

struct Options {
  ExperimentArguments experiment;
  std::string out;
  bool resume = false;
  bool fresh = false;
  std::optional<int64_t> limit_steps;
  bool quiet = false;
  bool json = false;
  std::string shared;
  std::vector<std::string> leave_after;
};

void declare(Arguments& arguments, Options& options) {
  options.experiment.declare(arguments);
  arguments.option("--out", "DIR", options.out, false,
                   "The run's folder (default: runs/<name>/<hash of the experiment>-s<seed>)");
  arguments.flag("--resume", options.resume, "Go on from the state that an earlier run has saved");
  arguments.flag("--fresh", options.fresh, "Replace what an earlier run left in the folder");
  arguments.option("--limit-steps", options.limit_steps, 1,
                   "Stop each phase after N steps; such a run is no result");
  arguments.flag("--quiet", options.quiet, "No progress, only what was found and what to heed");
  arguments.flag("--json", options.json, "Print the outcome as JSON");
  arguments.option("--shared", "DIR", options.shared, false,
                   "Snapshots of phases that the runs of a sweep have in common: start behind the "
                   "furthest that fits");
  arguments.option("--leave-after", "PHASE", options.leave_after,
                   "Leave a snapshot there after this phase (repeatable)");
}

const char* name_of_status(host::RunStatus status) {
  switch (status) {
    case host::RunStatus::valid:
      return "valid";
    case host::RunStatus::invalid:
      return "invalid";
    case host::RunStatus::limited:
      return "limited";
    case host::RunStatus::interrupted:
      return "interrupted";
  }
  return "";
}

Value outcome_value(const host::RunOutcome& outcome) {
  Value value = Value::map();
  value.set("status", name_of_status(outcome.status));
  value.set("directory", outcome.directory.string());
  value.set("existed", outcome.existed);
  value.set("result", outcome.result);
  return value;
}

ExitStatus exit_status(host::RunStatus status) {
  switch (status) {
    case host::RunStatus::invalid:
      return kInvalid;
    case host::RunStatus::interrupted:
      return kInterrupted;
    default:
      return kDone;
  }
}

host::RunOutcome execute(const Session& session, const host::Workbench& workbench,
                         const Options& options) {
  RunScreen screen(session.err);
  host::RunObserver observer;
  observer.begins = stop_gently_on_signals;
  observer.warnings = [&](const std::vector<Diagnostic>& warnings) {
    print_diagnostics(session.err, warnings);
  };
  observer.message = [&](const std::string& text, bool warning) {
    if (warning || !options.quiet) screen.message(text, warning);
  };
  if (!options.quiet) {
    observer.step = [&](const host::RunProgress& progress) { screen.step(progress); };
  }
  return workbench.run(options.experiment.value(),
                       {options.out, options.resume, options.fresh, options.limit_steps,
                        options.shared, options.leave_after, std::move(observer)});
}

ExitStatus run(const Session& session, const Options& options) {
  if (options.resume && options.fresh) {
    throw host::UsageError("--resume goes on from a saved state and --fresh deletes it: give one");
  }
  if (!options.leave_after.empty() && options.shared.empty()) {
    throw host::UsageError("--leave-after needs --shared, the folder for the snapshots");
  }
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const host::RunOutcome outcome = execute(session, workbench, options);
  if (options.json) {
    session.out.stream() << to_json(outcome_value(outcome)) << '\n';
  } else {
    print_closing_lines(session.out, outcome);
  }
  return exit_status(outcome.status);
}

}  // namespace

Command run_command() {
  return make_command<Options>(
      "run", "Run an experiment",
      "  leakprobe run examples/password/quick.yaml\n"
      "  leakprobe run examples/password/quick.yaml seed=1 phases.suppress.freeze.type=none\n"
      "  leakprobe run mine.yaml --out runs/mine --resume\n",
      declare, run);
}

}  // namespace leakprobe::cli
