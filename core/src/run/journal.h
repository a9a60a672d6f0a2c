#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compose/composition.h"
#include "evidence/evaluator.h"
#include "leakprobe/sink.h"
#include "records/growing_file.h"
#include "records/sample_record.h"
#include "records/written.h"
#include "step/trainer.h"

namespace leakprobe {

/// A sink of a run, and its file in the run directory; "" where it keeps none there.
struct JournalSink {
  std::shared_ptr<Sink> sink;
  std::string file;
};

/// What a run writes while it goes on: records to metrics.jsonl, from which reports and watchers
/// read, and to its sinks; items.jsonl (every secret by itself); samples.jsonl (rows that the
/// policy made, and planted ones); and timing.jsonl (the one file that differs between two equal
/// runs).
class Journal {
 public:
  Journal(std::filesystem::path directory, std::vector<JournalSink> sinks);

  /// Called once before the first record. `written` is what `written()` said when the state that is
  /// now resumed was saved; nothing for a new run. Files that it does not name begin anew. Throws
  /// Error where one is no longer what it was then.
  void open(const WrittenFiles& written = {});
  /// Makes everything written so far safe on disk; how far each file goes, and what it holds.
  WrittenFiles written();

  void step(const ComposedPhase& phase, int64_t step, const StepReport& report, double seconds);
  /// The evaluations after one step, which took `seconds` together.
  void evaluations(const ComposedPhase& phase, int64_t step, const Evaluator& evaluator,
                   const std::vector<Evaluation>& evaluations, double seconds);
  /// Each row's value of one cell: at the end of a phase, or at the endpoint of a claim.
  void items(const ItemsRecord& record);
  /// Makes the file where it is the first time that there are some.
  void samples(const std::vector<SampleRecord>& records);
  void result(Value result);

 private:
  void write(const Value& record);
  /// Whether the file begins anew.
  bool open_file(const std::string& name, const WrittenFiles& written);

  const std::filesystem::path directory_;
  const std::vector<JournalSink> sinks_;
  std::map<std::string, GrowingFile> files_;  ///< by name in the directory
};

}  // namespace leakprobe
