#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/measure.h"
#include "leakprobe/value.h"
#include "records/evaluation_record.h"
#include "records/status_record.h"

namespace leakprobe {

/// Follows a run directory while another process writes it; reads only what is new.
class RunWatcher {
 public:
  explicit RunWatcher(std::filesystem::path run) : run_(std::move(run)) {}

  /// {state: waiting | running | stopped | interrupted | failed | complete, phase, step, steps,
  /// done, total, rate, shown, message}, as status.json says; `stopped`: its process died. One that
  /// has just begun has a state alone. Where it is complete also {verdict, effect, unit,
  /// direction}.
  Value status() const;
  /// {set, prefix, leaks: [{set, prefix, leak}], curve: [leak], note}: what the claim measures, the
  /// newest evaluation by its probe, the claim's cell over all of these so far, and why these are
  /// not to be trusted, or not all, if so.
  Value evaluations();

 private:
  std::optional<StatusRecord> read() const;
  void look_for_altered_files();
  void read_claim();
  void read_new_records();
  void take(const EvaluationRecord& record);

  std::filesystem::path run_;
  std::optional<Cell> claim_;
  std::vector<std::string>
      probes_;            ///< by name, those that measure what the claim does; empty: all
  int64_t position_ = 0;  ///< of metrics.jsonl: bytes and
  int64_t lines_ = 0;     ///< lines read
  Value leaks_ = Value::list();
  std::vector<double> curve_;
  std::string note_;       ///< what could not be read
  std::string doubts_;     ///< what was altered
  bool compared_ = false;  ///< a complete run's files with what they were at its end
};

struct WatchedRun {
  std::string label;
  RunWatcher watcher;
};

}  // namespace leakprobe
