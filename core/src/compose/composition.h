#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/sweep.h"
#include "leakprobe/measure.h"
#include "leakprobe/model.h"
#include "leakprobe/optimizer.h"
#include "leakprobe/phase.h"
#include "leakprobe/probe.h"
#include "leakprobe/schedule.h"
#include "leakprobe/sink.h"
#include "leakprobe/slot.h"
#include "leakprobe/task.h"
#include "leakprobe/weights_ref.h"
#include "model/compute.h"

/// A checked experiment: every slot resolved, every default filled in, every relation checked,
/// nothing constructed. What the runner runs.
namespace leakprobe {

/// The model: its architecture's options, and where weights, tokenizer and vocabulary come from.
struct ModelSource {
  Slot<Model> model;               ///< options from the file, the shape or the path
  std::string path;                ///< as written; "" = from dimensions
  std::filesystem::path base;      ///< the folder that a relative path refers to
  std::filesystem::path resolved;  ///< folder or file; empty where it is absent or not needed
  std::vector<std::filesystem::path> files;  ///< all that is read of `resolved`
  std::string missing;    ///< where `path` was given but not found: what was looked for, what to do
  std::string tokenizer;  ///< overriding tokenizer.json or folder, "" = the model's own
  int64_t vocab_size = 0;  ///< 0 = not known because the model is missing
};

/// A term with everything decided.
struct ComposedTerm {
  Term term;
  std::string path;
  Place place;
  int64_t batch = 0;
  /// Items of one pass through the stream in this phase. A stream without `repeat` and `count` is
  /// as long as the phase needs.
  int64_t items = 0;
  bool finite = false;
  bool reference_left_out = false;  ///< it is the phase's start for want of another
};

struct ComposedPhase {
  std::string name;
  std::string type;
  std::string path;
  Place place;
  WeightsRef from;  ///< always given: a phase before it, "initial" or a run
  std::vector<ComposedTerm> terms;
  int64_t steps = 0;
  Slot<Freezing> freeze;
  Slot<Optimizer> optimizer;
  Slot<Schedule> schedule;
  std::vector<Measurement> gates;   ///< with the file's bounds; waived ones left in
  std::vector<std::string> waived;  ///< names of gates
};

struct ComposedProbe {
  std::string name;
  std::string path;
  Place place;
  Slot<Probe> probe;
  int64_t every = 0;                ///< 0: only before the first phase and at phase ends
  int64_t rows = 0;                 ///< rows a cell, at most the set's size
  std::vector<std::string> phases;  ///< empty = all
  std::vector<Cell> cells;          ///< the file's, then those that claims and gates need
  size_t regular_cells = 0;         ///< so many of them are measured at every evaluation, the
                                    ///< others only before the first and after the last step
  bool added = false;               ///< not in the file: there for claims and gates alone
};

/// A file that a composition names, directly or in a folder.
struct FileContent {
  std::string parameter;  ///< "task.path", "phases.elicit.from"
  std::filesystem::path path;
  std::string hash;  ///< see format/content_hash.h
};

enum class KeepCheckpoints { none, last, phases };
constexpr auto words_of(KeepCheckpoints) {
  return std::array{Word{KeepCheckpoints::none, "none", "nobody's"},
                    Word{KeepCheckpoints::last, "last", "the last phase's"},
                    Word{KeepCheckpoints::phases, "phases", "those of each phase"}};
}

struct Composition {
  std::string name;
  uint64_t seed = 0;
  Compute compute = Compute::float32;
  std::string device = "cpu";
  int64_t threads = 0;  ///< 0 = all cores
  int64_t rows_per_pass =
      0;  ///< a step's rows go through the model in parts of so many; 0 = at once
  ModelSource model;
  Slot<Task> task;
  std::vector<ComposedPhase> phases;  ///< without skipped ones
  std::vector<ComposedProbe> probes;
  std::optional<Measurement> claim;         ///< the first, which decides how a run ends
  std::vector<Measurement> further_claims;  ///< the others under `claims:`
  std::vector<Slot<Sink>> sinks;
  KeepCheckpoints keep = KeepCheckpoints::last;
  std::vector<std::filesystem::path> plugins;  ///< libraries named in the file
  std::vector<SweepAxis> sweep;
  /// The whole composition with every default, from which it can be composed again.
  Value resolved;
  /// 16 hex digits over `resolved` with what its paths hold in place of these, without name, seed,
  /// sinks, threads, checkpoints and plugins. Empty until somebody asks; see contents.h.
  std::string digest;
  std::vector<FileContent> files;  ///< that are in the digest

  const ComposedPhase* find_phase(const std::string& phase_name) const;
  std::vector<const Measurement*> all_claims() const;
  /// Whether a phase is `from` or a later one; any phase is from "" on, and the time before the
  /// first, "", is from nothing else.
  bool is_from(const std::string& from, const std::string& phase_name) const;
};

}  // namespace leakprobe
