#include "sweep/slurm.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "format/atomic_file.h"
#include "format/files.h"
#include "format/own_files.h"
#include "leakprobe/error.h"
#include "records/sweep_record.h"
#include "records/work_folder.h"
#include "sweep/child_process.h"
#include "sweep/sweep_folder.h"
#include "sweep/sweep_runner.h"
#include "text/quote.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// A word that a POSIX shell takes as it is.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

/// Seconds before a time limit at which a task is told to save its state.
constexpr int kNoticeSeconds = 60;

std::string run_sbatch(const std::vector<std::string>& arguments, const fs::path& log) {
  std::vector<std::string> words = {"sbatch"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  ChildProcess child("/usr/bin/env", words, log);
  std::optional<int> status;
  while (!(status = child.poll())) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::ifstream file(log);
  std::string output, last;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    output += (output.empty() ? "" : "; ") + line;
    last = line;
  }
  if (*status == 127) {
    throw Error(
        "there is no sbatch on this machine; submit from a login node of the cluster, or "
        "leave out --slurm");
  }
  if (*status != 0) throw Error("sbatch refused the job: " + output);
  // --parsable prints "<id>" or "<id>;<cluster>".
  return last.substr(0, last.find(';'));
}

}  // namespace

std::vector<std::vector<size_t>> levels_of(const std::vector<PlannedRun>& runs) {
  std::vector<std::vector<size_t>> levels;
  std::vector<size_t> level_of(runs.size(), 0);
  for (size_t r = 0; r < runs.size(); ++r) {  // a run waits for one before it
    if (!runs[r].to_do()) continue;
    if (runs[r].waits_for) level_of[r] = level_of[*runs[r].waits_for] + 1;
    if (levels.size() <= level_of[r]) levels.resize(level_of[r] + 1);
    levels[level_of[r]].push_back(r);
  }
  return levels;
}

std::string batch_script(const SweepPlan& plan, const host::Settings& settings,
                         const std::vector<size_t>& level) {
  std::string script =
      "#!/bin/bash\n"
      "#SBATCH --job-name=" +
      quoted("leakprobe-" + plan.name) +
      "\n"
      "#SBATCH --array=0-" +
      std::to_string(level.size() - 1) +
      "\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --cpus-per-task=" +
      std::to_string(plan.threads) +
      "\n"
      "#SBATCH --requeue\n"
      "#SBATCH --open-mode=append\n"
      "#SBATCH --output=" +
      quoted((plan.folder / "logs" / "slurm-%A_%a.log").string()) +
      "\n"
      "#SBATCH --signal=B:TERM@" +
      std::to_string(kNoticeSeconds) +
      "\n\n"
      "case \"$SLURM_ARRAY_TASK_ID\" in\n";
  for (size_t i = 0; i < level.size(); ++i) {
    script += std::to_string(i) + ") set --";
    for (const std::string& word : run_arguments(plan, plan.runs[level[i]], settings)) {
      script += " " + quoted(word);
    }
    script += " ;;\n";
  }
  script +=
      "*) echo \"no run has the number $SLURM_ARRAY_TASK_ID\" >&2; exit 2 ;;\n"
      "esac\n"
      "# What begins afresh does so once.\n"
      "if [ \"${SLURM_RESTART_COUNT:-0}\" -gt 0 ]; then set -- \"${@/#--fresh/--resume}\"; fi\n\n"
      "# In the background, so that the shell hears the signal and can pass it on.\n" +
      quoted(settings.program.string()) +
      " \"$@\" &\n"
      "run=$!\n"
      "# Whichever signal --signal names, also the real-time ones.\n"
      "trap 'kill -TERM \"$run\" 2>/dev/null' TERM HUP INT QUIT USR1 USR2 XCPU XFSZ PWR ALRM "
      "PROF VTALRM IO {34..64}\n"
      "while kill -0 \"$run\" 2>/dev/null; do wait \"$run\"; done  # a signal ends a wait early\n"
      "wait \"$run\"; status=$?\n\n"
      "if [ \"$status\" -eq 75 ]; then  # interrupted, its state saved: go on later\n"
      "  scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\" && exit 0\n"
      "fi\n"
      "if [ \"$status\" -eq 3 ]; then exit 0; fi  # INVALID is a result\n"
      "exit \"$status\"\n";
  return script;
}

namespace {

/// Submits a job array a level, with its script in `folder`; adds each to `jobs`.
void submit_levels(const SweepPlan& plan, const host::Settings& settings,
                   const std::vector<std::string>& arguments, const fs::path& folder, Value& jobs) {
  std::string before;
  const auto levels = levels_of(plan.runs);
  for (size_t i = 0; i < levels.size(); ++i) {
    const fs::path script = folder / ("array-" + std::to_string(i) + ".sh");
    write_file_atomically(script, batch_script(plan, settings, levels[i]));
    std::vector<std::string> words = {"--parsable"};
    // Whatever became of those before: who finds no snapshot computes the phases by itself.
    if (!before.empty()) words.push_back("--dependency=afterany:" + before);
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.push_back(script.string());
    before = run_sbatch(words, folder / "sbatch.log");
    Value job = Value::map();
    job.set("id", before);
    job.set("runs", static_cast<int64_t>(levels[i].size()));
    job.set("script", script.string());
    jobs.push_back(std::move(job));
  }
}

}  // namespace

Value submit_sweep(const SweepPlan& plan, const host::Settings& settings,
                   const std::vector<std::string>& arguments) {
  if (!plan.missing_models.empty()) throw host::InvalidExperiment(plan.missing_models);
  if (printable(plan.folder.string()) != plan.folder.string()) {
    // In a batch script the rest of such a name would be a command.
    throw Error(
        printable(plan.folder.string()) +
        ": the folder's name has characters that cannot be seen; choose another with --out");
  }
  const WorkFolder held(plan.folder, who_runs_it(plan.folder));
  const bool is_new = !is_sweep_folder(plan.folder);
  const fs::path folder = plan.folder / "slurm";
  for (const fs::path& each : {plan.folder, plan.folder / "configs", folder}) {
    remove_temporary_files(each);
  }
  write_sweep_folder(plan);
  OwnFiles(plan.folder, kSweepMaker).claim({folder.filename().string()});
  create_folders(folder);
  Value jobs = Value::list();
  try {
    submit_levels(plan, settings, arguments, folder, jobs);
  } catch (const Error&) {
    if (is_new && jobs.as_list().empty()) remove_sweep_folder(plan);
    throw;
  }
  Value outcome = Value::map();
  outcome.set("folder", plan.folder.string());
  outcome.set("jobs", std::move(jobs));
  return outcome;
}

}  // namespace leakprobe
