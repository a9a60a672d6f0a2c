#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/composition.h"
#include "evidence/evaluator.h"
#include "leakprobe/sink.h"
#include "records/growing_file.h"
#include "step/trainer.h"

namespace leakprobe {

/// What a run writes while it goes on: records to metrics.jsonl, from which reports and watchers
/// read, and to its sinks; items.jsonl (every secret by itself); and timing.jsonl (the one file
/// that differs between two equal runs).
class Journal {
 public:
  /// `sinks` are those of the composition, in its order.
  /// `sink_files` are those that they say they make.
  Journal(std::filesystem::path directory, std::vector<std::shared_ptr<Sink>> sinks,
          std::vector<std::string> sink_files)
      : directory_(std::move(directory)),
        sinks_(std::move(sinks)),
        sink_files_(std::move(sink_files)) {}

  /// Called once before the first record. `positions` is what `positions()` said when the state
  /// that is now resumed was saved; nothing for a new run. Throws Error where a file is no longer
  /// what it was then.
  void open(const std::optional<Value>& positions);
  /// Makes everything written so far safe on disk; where each file then ends, and what it holds.
  Value positions();
  /// Throws Error where `positions` is nothing that `positions()` said.
  static void check(const Value& positions);

  void step(const ComposedPhase& phase, int64_t step, const StepReport& report, double seconds);
  /// The evaluations after one step, which took `seconds` together.
  void evaluations(const ComposedPhase& phase, int64_t step, const Evaluator& evaluator,
                   const std::vector<Evaluation>& evaluations, double seconds);
  /// The items of a cell at the endpoint of the claim.
  void items(const ItemsRecord& record) { items_->write(record.to_value()); }
  void result(Value result);

 private:
  void write(const Value& record);
  void require_sink_files(const Value& positions) const;

  const std::filesystem::path directory_;
  std::vector<std::shared_ptr<Sink>> sinks_;
  const std::vector<std::string> sink_files_;
  std::optional<GrowingFile> metrics_, timing_, items_;
};

}  // namespace leakprobe
