#include "run/runner.h"

#include <memory>
#include <utility>
#include <vector>

#include "compose/run_files.h"
#include "evidence/verdict.h"
#include "format/files.h"
#include "leakprobe/error.h"
#include "machine/device.h"
#include "model/parallel.h"
#include "plugin/guard.h"
#include "records/manifest.h"
#include "records/result_record.h"
#include "records/run_directory.h"
#include "records/work_folder.h"
#include "run/check_experiment.h"
#include "run/environment_report.h"
#include "run/identity.h"
#include "run/run.h"
#include "run/stop.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Throws Error where what the directory holds was made of something else than today's experiment.
void require_unchanged(const fs::path& directory, const IdentityRecord& identity,
                       const std::string& what, const std::string& remedy) {
  Changes changes;
  try {
    changes = changes_since(directory, identity);
  } catch (const Error& unknown) {
    throw Error(std::string(unknown.what()) + "; nobody knows whether it is of this experiment; " +
                remedy);
  }
  if (!changes.any()) return;
  throw Error(directory.string() + ": " + what + ", but " + changes.text() + " since it began; " +
              remedy);
}

constexpr const char* kUnfinished = "cannot resume: it holds an unfinished run";

/// A run of other data has another directory: who wants to go on with it must not start anew
/// unknowingly.
void require_no_other_to_resume(const Composition& composition, const IdentityRecord& identity) {
  std::error_code ignored;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(runs_folder(composition), ignored)) {
    if (!is_taken(entry.path() / kStateFile)) continue;
    try {
      if (changes_since(entry.path(), identity).experiment) continue;
    } catch (const Error&) {
      continue;
    }
    require_unchanged(entry.path(), identity, kUnfinished,
                      "put it back, or leave --resume out to start anew");
  }
}

/// Throws Error where something else is in the place of a file or folder that a run makes: it would
/// look as if there were none, or be found in the way when the first checkpoint is written. What a
/// new run replaces may be anything, but for the folder, in which others may keep something.
void require_places(const fs::path& directory, const std::vector<std::string>& names, bool fresh) {
  const auto refuse = [&](const std::string& name, const std::string& odd) {
    throw Error((directory / name).string() + ": " + odd +
                "; move it away, or choose another folder with --out");
  };
  for (const std::string& name : names) {
    const fs::path place = directory / name;
    if (name == kCheckpoints) {
      std::error_code ignored;
      if (is_taken(place) && !fs::is_directory(place, ignored)) {
        refuse(name, "is no folder, and checkpoints need one");
      }
    } else if (const std::string odd = fresh ? "" : why_no_file(place); !odd.empty()) {
      refuse(name, odd);
    }
  }
}

/// Throws Error where the files of a complete run are not what it wrote, or its status.json cannot
/// be read, which alone would tell.
void require_as_written(const fs::path& directory) {
  std::string doubt;
  try {
    const Doubts doubts = doubts_about(directory);
    if (!doubts.any()) return;
    doubt = directory.string() + ": " + doubts.text;
  } catch (const Error& unreadable) {
    doubt = std::string(unreadable.what()) + ", so that nothing vouches for this finished run";
  }
  throw Error(doubt + "; put back what the run wrote, or replace it with --fresh");
}

/// Whether what the directory holds was altered or is not of today's experiment.
bool is_stale(const fs::path& directory, const IdentityRecord& identity) {
  try {
    return changes_since(directory, identity).any() || doubts_about(directory).any();
  } catch (const Error&) {
    return true;
  }
}

bool is_limited(const fs::path& directory) {
  return read_result(directory).verdict == Verdict::none;
}

/// Throws host::InvalidExperiment where the experiment has a mistake; tells what else there is to
/// know of it. Gives the rows by which the run is judged.
std::shared_ptr<const WatchedRows> require_sound(const Composition& composition,
                                                 const Registry& registry,
                                                 const host::RunObserver& observer) {
  Diagnostics diagnostics;
  auto watched = check_experiment(composition, registry, Depth::whole, diagnostics);
  const std::vector<Diagnostic> found = diagnostics.sorted();
  if (diagnostics.has_errors()) throw host::InvalidExperiment(found);
  if (observer.warnings && !found.empty()) observer.warnings(found);
  return watched;
}

/// The outcome of a run that is complete already. Throws Error where it is not of today's
/// experiment.
host::RunOutcome finished_run(const fs::path& path, const IdentityRecord& identity,
                              const host::RunOptions& options) {
  require_unchanged(path, identity, "holds a finished run",
                    "choose another --out or replace it with --fresh");
  if (options.limit_steps) {
    throw Error(
        path.string() +
        ": holds a finished run, which a limited one must not replace; choose another --out");
  }
  const ResultRecord result = read_result(path);
  return {status_of(result.verdict), path, true, result.to_value()};
}

/// Throws UsageError where a run would begin from what lies in its own folder, and so from what it
/// replaces.
void require_other_sources(const Composition& composition, const fs::path& path) {
  std::error_code failed;
  const fs::path folder = fs::weakly_canonical(path, failed);
  const auto require_outside = [&](const fs::path& source, const std::string& what) {
    if (source.empty()) return;
    const fs::path within = fs::weakly_canonical(source, failed).lexically_relative(folder);
    if (failed || within.empty() || *within.begin() == "..") return;
    throw host::UsageError(what + " leads into the run's own folder, " + path.string() +
                           "; choose another --out");
  };
  require_outside(composition.model.resolved, "model.path");
  for (const ComposedPhase& phase : composition.phases) {
    require_outside(phase.from.run, child_path(phase.path, "from"));
    for (const ComposedTerm& term : phase.terms) {
      require_outside(term.term.reference.run, child_path(term.path, "reference"));
    }
  }
}

fs::path default_directory(const Composition& composition, const host::RunOptions& options) {
  std::string leaf = run_name(composition);
  if (options.limit_steps) leaf += "-limited";
  return runs_folder(composition) / leaf;
}

host::RunOutcome not_begun(const fs::path& path) {
  host::RunOutcome outcome{host::RunStatus::interrupted, path, false, nullptr};
  outcome.begun = false;
  return outcome;
}

}  // namespace

fs::path runs_folder(const Composition& composition) { return fs::path("runs") / composition.name; }

std::string run_name(const Composition& composition) {
  return composition.digest + "-s" + std::to_string(composition.seed);
}

host::RunOutcome run_experiment(const Composition& composition, const Registry& registry,
                                const host::RunOptions& options) {
  const Stoppable stoppable;
  prepare_device(torch::Device(composition.device));
  const fs::path path = options.out.empty() ? default_directory(composition, options) : options.out;
  require_possible_folder(path);
  require_other_sources(composition, path);
  if (!options.shared.empty()) require_possible_folder(options.shared);
  if (stop_requested()) return not_begun(path);
  RunDirectory directory(path);
  require_places(path, run_files(composition), options.fresh);
  const IdentityRecord identity = identity_of(composition, registry);
  // Who goes on with a run that was killed before it had a state wants what that one replaced
  // replaced.
  const bool was_replaced = options.resume && directory.was_put_back();
  if (options.fresh || (was_replaced && is_stale(path, identity))) directory.supersede();
  switch (directory.content()) {
    case RunDirectory::Content::nothing:
      if (options.resume && options.out.empty()) require_no_other_to_resume(composition, identity);
      break;
    case RunDirectory::Content::complete:
      require_as_written(path);
      if (!is_limited(path)) return finished_run(path, identity, options);
      directory.supersede();  // it is no result
      break;
    case RunDirectory::Content::partial:
      if (options.resume && directory.has_state()) {
        require_unchanged(path, identity, kUnfinished,
                          "put it back, start again with --fresh, or choose another --out");
        break;
      }
      if (options.resume) {
        if (was_complete(path)) require_as_written(path);
        directory.supersede();
        break;
      }
      throw Error(path.string() +
                  ": holds an unfinished run; go on with --resume or start again with --fresh");
  }
  compute_with(threads_of(composition));
  auto watched = require_sound(composition, registry, options.observer);
  LoadedModel model = require_initial_model(composition, registry);
  if (stop_requested()) return not_begun(path);
  directory.claim(run_files(composition));
  try {
    host::RunOutcome outcome =
        Run(composition, registry, options, directory, std::move(model), std::move(watched))
            .execute();
    if (!outcome.begun) directory.discard();
    return outcome;
  } catch (...) {
    StatusRecord status{StatusRecord::State::failed};
    status.message = failure_text(std::current_exception());
    try {
      directory.write_status(status);
    } catch (const Error&) {
      // The folder is gone or full: what counts is the failure that came first.
    }
    throw;
  }
}

}  // namespace leakprobe
