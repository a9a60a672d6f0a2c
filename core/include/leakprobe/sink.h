#pragma once

#include <string>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"
#include "leakprobe/value.h"

namespace leakprobe {

struct SinkFacts {
  /// The name of the one file in the run directory that grows by what the sink gives; "" where it
  /// keeps nothing there, such as one that writes to a terminal or a network. The name is no path,
  /// none of the engine's, and no other sink's of the run.
  std::string file = {};
};

/// What becomes of a run's records besides metrics.jsonl. A record is a map with `record` (its
/// kind: "step", "evaluation" or "result") and holds nothing that differs between two equal runs.
///
/// A sink turns records into bytes. The file is the engine's: it appends, syncs, cuts what a
/// resumed run will write again, looks whether anybody altered it, and deletes it for `run
/// --fresh`. So the bytes of a record may depend on nothing but this record and the options: after
/// an interruption a new instance goes on, which has not seen those before.
///
/// A plugin's class has `struct Options`, `static SinkFacts facts(const Options&)` where it has a
/// file, and a constructor `(const Options&, const Context&)`.
class Sink {
 public:
  static constexpr Kind kKind = Kind::sink;
  using Interface = Sink;
  using Facts = SinkFacts;
  virtual ~Sink() = default;

  /// Bytes with which the file begins; asked for once a file.
  virtual std::string beginning() { return ""; }
  /// Bytes that this record adds to the file; "" for none.
  virtual std::string write(const Value& record) = 0;
};

}  // namespace leakprobe
