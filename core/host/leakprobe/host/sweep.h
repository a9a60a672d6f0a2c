#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe::host {

struct SweepOptions {
  /// The sweep's folder, with its runs in <out>/runs; empty = runs/<name>/sweeps/<stem of the
  /// file>, with its runs where `run` puts them.
  std::filesystem::path out;
  /// Runs at once; by default as many as cores and memory allow.
  std::optional<int64_t> jobs;
  bool fresh = false;        ///< runs everything again
  bool fail_fast = false;    ///< after a failure no further run is started
  bool keep_shared = false;  ///< keeps the snapshots of shared phases for later sweeps
};

/// What is told while a sweep goes on.
struct SweepObserver {
  /// A run ended, or was found complete: one entry of the outcome's `runs`.
  std::function<void(const Value& run)> ended;
  /// Several times a second: {total, done, failed, running: [{label, state, phase, step, steps,
  /// done, total, rate}]}.
  std::function<void(const Value& frame)> progress;
};

/// The experiments of one sweep file, all of them composed and checked.
class Sweep {
 public:
  struct State;
  explicit Sweep(std::unique_ptr<State> state);
  ~Sweep();
  Sweep(Sweep&&) noexcept;

  /// {folder, name, file, runs, complete, jobs, threads, threads_least: of the runs with the most
  /// and with the fewest, axes: [{name, cases}], points: [{label,
  /// labels, directory, digest, seed, state: complete | partial | missing | stale, note, verdict,
  /// steps, phases:
  /// [{name, steps, digest, shared_by}], leaves: [phase], waits_for, starts_after}], warnings}.
  /// Points may be one run. `waits_for` is the label of the run whose snapshot behind the phase
  /// `starts_after` it begins with.
  Value plan() const;

  /// Runs what is not complete, one process a run, and returns when all have ended or
  /// `request_stop` was called: {runs: [{label, directory, state: complete | interrupted | failed |
  /// not_started, existed, verdict, reasons, claim_name: of several the first, whose numbers
  /// follow, effect, relative_effect, leak, unit, direction, chance, seconds, reason, log}],
  /// counts: {valid, invalid, failed, interrupted, not_started}, interrupted, begun: false where it
  /// was stopped before any run made something, and nothing is left of it}. Throws Error where
  /// another process is at it.
  Value run(const SweepObserver& observer);

  /// Submits what is not complete to Slurm as job arrays with `arguments` for sbatch: {script,
  /// jobs: [{id, runs}]}; nothing is submitted where all are complete. Throws Error.
  Value submit(const std::vector<std::string>& arguments);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace leakprobe::host
