#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/error.h"
#include "leakprobe/kind.h"
#include "leakprobe/value.h"

/// What programs do with leakprobe: everything that the command line offers, as calls that take
/// plain values and give plain values. Failures of the environment are thrown as Error.
namespace leakprobe::host {

/// Mistakes in an experiment, all of them.
class InvalidExperiment : public std::runtime_error {
 public:
  explicit InvalidExperiment(std::vector<Diagnostic> diagnostics);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// The caller asked for something that does not exist or cannot be meant; says what there is.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// What failed, in one sentence, whatever was thrown: no stack trace, no words of a library that
/// say nothing to a user.
std::string failure_sentence(std::exception_ptr failure);

struct Settings {
  /// Searched before everything else; a file named here must load.
  std::vector<std::filesystem::path> plugin_paths;
  /// The running program's file, beside which the bundled plugins are found.
  std::filesystem::path program;
  /// Called with each sentence that the user should read though everything goes on.
  std::function<void(const std::string&)> warn = {};
};

/// An experiment file and what the command line changes in it.
struct ExperimentFile {
  std::filesystem::path path;
  std::vector<std::string> overrides;  ///< "key=value"
};

/// Where a run is.
struct RunProgress {
  std::string phase;
  int64_t step = 0;   ///< of the phase, done
  int64_t steps = 0;  ///< of the phase
  /// Of that step, by name: its loss, or where the policy makes rows what tells more than that.
  std::vector<std::pair<std::string, double>> shown;
  double rate = 0;  ///< steps a second since the phase was begun or resumed; 0 = not known
};

/// What is told while a run goes on; each may be empty, and none takes long, as steps wait for it.
struct RunObserver {
  /// The experiment is read and good; nothing is written yet. From here on it listens to
  /// `request_stop`.
  std::function<void()> begins;
  /// The warnings of the experiment, before anything is run.
  std::function<void(const std::vector<Diagnostic>& warnings)> warnings;
  /// A line of the run's log, which stands in log.txt as well; from any thread.
  std::function<void(const std::string& text, bool warning)> message;
  /// After each step.
  std::function<void(const RunProgress& progress)> step;
};

struct RunOptions {
  std::filesystem::path out;           ///< empty = runs/<name>/<digest>-s<seed>
  bool resume = false;                 ///< go on from the saved state, if there is one
  bool fresh = false;                  ///< delete what the directory holds of an earlier run
  std::optional<int64_t> limit_steps;  ///< of each phase; the run is then no result
  /// A folder of snapshots that runs share: a new run starts behind the last phase that it finds
  /// there, with the same bits as if it had computed it. Empty = none.
  std::filesystem::path shared;
  /// Phases after which this run leaves a snapshot there.
  std::vector<std::string> leave_after;
  RunObserver observer;
};

enum class RunStatus { valid, invalid, limited, interrupted };

struct RunOutcome {
  RunStatus status = RunStatus::valid;
  std::filesystem::path directory;
  bool existed = false;  ///< the directory held this run, complete, already
  Value result;          ///< result.json; null where interrupted
  bool begun = true;     ///< false: interrupted with no state to go on from
};

/// A library that was found but could not be used.
struct PluginFailure {
  std::filesystem::path path;
  std::string reason;  ///< without the path
  /// Somebody named this very path: what uses plugins then throws Error.
  bool named = false;
};

/// The project of a plugin of one's own, as it was written.
struct NewProject {
  std::filesystem::path folder;
  std::string stem;                ///< of its files and its library: "acme_npo"
  std::vector<std::string> files;  ///< in the folder, sorted
  /// Where CMake finds this leakprobe: what leakprobe_DIR has to be.
  std::filesystem::path package;
};

class Sweep;
struct SweepOptions;

class Workbench {
 public:
  explicit Workbench(Settings settings);
  ~Workbench();
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;

  /// [{kind, name, doc, default, library}] of one kind or of all; `default`: experiments without a
  /// plugin of the kind mean it.
  Value list(std::optional<Kind> kind) const;
  /// {kind, name, doc, default, library, parameters: [{name, type, required, default, range, unit,
  /// doc, parameters}], relations: [what has to hold between them], facts, shapes}; `name` is
  /// "objective/dpo", or "dpo" where that is unique.
  /// Or of a key of an experiment, such as "device" or "phases.optimizer", and "keys" for all:
  /// {kind: "key", name, keys: [{path, of, name, type, required, default, range, unit, doc, words,
  /// parameters, plugins}]}, where `of` is the plugin whose option it is, or "", and `plugins` are
  /// those that may stand there. Throws UsageError with a suggestion where there is neither.
  Value show(const std::string& name) const;
  /// JSON Schema of experiment files, for editors.
  Value schema() const;
  /// What the beginning of a "key=value" may become, for shells: whole keys one part further, each
  /// with the "." or "=" that comes next, or behind "=" the values of a key that has few. Of names
  /// those in `file`, where that can be read; its own libraries are not loaded.
  std::vector<std::string> complete_override(const std::filesystem::path& file,
                                             const std::string& word) const;
  const std::vector<PluginFailure>& plugin_failures() const;

  /// Writes a project that builds, tests and runs a plugin `name` of `kind`, in `folder` (empty =
  /// one of the plugin's name in the current folder), which is made. Throws UsageError for a name
  /// that is none, or that a plugin here has, and where something is in the folder already.
  NewProject new_project(Kind kind, const std::string& name,
                         const std::filesystem::path& folder) const;

  /// Every mistake and warning in the file; nothing is run. Also makes the task where the model's
  /// tokenizer is there and draws rows, so that what only rows can show (a letter that is no token,
  /// one secret in two sets) is found.
  std::vector<Diagnostic> validate(const ExperimentFile& file) const;
  /// {experiment: the resolved composition, origins: {path: "file:line" | "default"},
  /// phases: [{name, type, from, steps, rows, tokens, flops, trained}], parameters, memory, disk,
  /// gates: [{phase, name, bound, unit, applies}], digest, sweep, warnings: [text]}. Estimates that
  /// need a model are null where it is missing. Throws InvalidExperiment.
  Value resolve(const ExperimentFile& file) const;
  /// The first `count` rows of each column of each stream of each phase, or a few: [{phase, term,
  /// column, set, prefix, role, index, text, pieces: [text of each token], tokens, scored, secret:
  /// [begin, end], id}]. Of rollouts those of the phase's first batch, by default of its first
  /// groups and at least a sampled and a planted one, with {group, planted, reward, advantage}:
  /// they are sampled from the model that the phase starts from; `Settings::warn` is told where its
  /// weights are not known, and the initial ones are taken. There `set` and `role` are null but of
  /// secrets.
  Value rows(const ExperimentFile& file, std::optional<int64_t> count) const;
  /// The same one after the other, however many they are, for as long as `each` gives true.
  void rows(const ExperimentFile& file, std::optional<int64_t> count,
            const std::function<bool(const Value&)>& each) const;
  /// Runs the experiment, once `options.on_warnings` has been told what the user should know.
  /// Throws InvalidExperiment.
  RunOutcome run(const ExperimentFile& file, const RunOptions& options) const;

  /// Composes and checks every experiment of a file's `sweep:`; see sweep.h. Throws
  /// InvalidExperiment with the mistakes of all of them.
  Sweep sweep(const ExperimentFile& file, const SweepOptions& options) const;

  /// Log-probabilities of the tokens of each row but the first, as a list of lists. `model` is what
  /// `model.path` may be, or a run's folder (its last checkpoint); rows is a safetensors file with
  /// an integer tensor (rows, tokens). `warnings` gets what the user should know of the model's
  /// files.
  Value score(const std::string& model, const std::filesystem::path& rows,
              const std::string& tensor, std::vector<std::string>& warnings) const;
  /// Token ids of each text (or texts of each list of ids); `source` is a model or tokenizer.json.
  std::function<Value(const Value&)> tokenizer(const std::string& source, bool decode) const;

  /// The ledger of a run read again and judged by the roles of its config.yaml: {directory,
  /// never_pushed_up, protected_rows, protected_sets: [{set, rows, prefixes, from}] (null where its
  /// task is not known), where: that in words, protected_uses, declared_positive, pushed_up_steps,
  /// steps, inherited_steps, first_pushed_up, sets: [{phase, term, objective, column, sign, set,
  /// prefix, protected, violated, rows, pushed_up, pushed_down}], inherited: [{run, phase, heir,
  /// into, steps, pushed_up_steps, sets}], unfinished: null | how far a run without a result came,
  /// in words, notes: [text]}. `inherited` is what other runs did to the weights, the oldest first:
  /// phase `into` of the run `heir` starts from `phase` of `run`. `declared_positive` counts the
  /// violated sets, own and inherited. Throws Error where the run's files are not what it wrote.
  Value audit(const std::filesystem::path& run) const;
  /// Program, LibTorch, processor, threads, plugin libraries with hashes and failures, caches.
  Value doctor() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The program's version, such as "0.1.0".
std::string version();

/// One JSON value from text; strict. Throws Error "<source>: line 1, ..." where it is none.
Value parse_json(std::string_view text, const std::string& source);

/// Asks the running experiment to save its state and stop after the present step, or what is about
/// to become one not to begin; gives which of the two. May be called from a signal handler.
bool request_stop();

/// The path of a file that is read at `address`, nullptr where there is none: for a handler of
/// SIGBUS, which comes where somebody shortens a file meanwhile.
const char* file_read_at(const void* address) noexcept;

}  // namespace leakprobe::host
