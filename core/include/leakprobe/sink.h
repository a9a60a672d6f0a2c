#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"
#include "leakprobe/value.h"

namespace leakprobe {

struct SinkFacts {
  /// Names of the files that it makes in the run directory: `run --fresh` deletes them, snapshots
  /// of a sweep's common phases hold them, and no two sinks of a run may share one.
  std::vector<std::string> files;
};

/// Where a run's records go. A record is a map with `record` (its kind: "step", "evaluation",
/// "phase", "result") and holds nothing that differs between two equal runs.
///
/// A plugin's class has `struct Options`, `static SinkFacts facts(const Options&)` where it makes
/// files, and a constructor `(const Options&, const Context&)`.
class Sink {
 public:
  static constexpr Kind kKind = Kind::sink;
  using Interface = Sink;
  using Facts = SinkFacts;
  virtual ~Sink() = default;

  /// Called once before the first record. `position` is what `position()` said when the state that
  /// is now resumed was saved, 0 for a new run: whatever was written after it must go.
  virtual void open(const std::filesystem::path& run_directory, int64_t position) = 0;
  virtual void write(const Value& record) = 0;
  /// Makes everything written so far safe on disk and says where the next record goes.
  virtual int64_t position() = 0;
};

}  // namespace leakprobe
