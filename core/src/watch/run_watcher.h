#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/measure.h"
#include "leakprobe/value.h"
#include "records/evaluation_record.h"
#include "records/manifest.h"
#include "records/result_record.h"
#include "records/status_record.h"

namespace leakprobe {

/// Follows a run directory while another process writes it; reads only what is new.
class RunWatcher {
 public:
  explicit RunWatcher(std::filesystem::path run) : run_(std::move(run)) {}

  /// {state: waiting | running | stopped | interrupted | failed | complete | altered | unknown,
  /// phase, step, steps, done, total, rate, shown, message}, as status.json says; `stopped`: its
  /// process died; `altered`: a complete run's files are not what it wrote; `unknown`: status.json
  /// cannot be read. One that has just begun has a state alone. Where it is complete also {verdict,
  /// effect, unit, direction}, which say nothing where it is altered.
  Value status();
  /// {set, prefix, leaks: [{set, prefix, leak}], curve: [leak], note}: what the claim measures, the
  /// newest evaluation by its probe, the claim's cell over all of these so far, and why `status`
  /// or these are not known, or not to be trusted, if so. Asked after `status`.
  Value evaluations();

 private:
  std::optional<StatusRecord> read();
  /// Compares a complete run's files, once, with what they were at its end, and reads its result.
  void look_for_altered_files();
  bool is_altered() const;
  /// Says how a complete run ended.
  void judge(Value& status) const;
  std::string note() const;
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
  std::string unreadable_, claim_note_, records_note_;  ///< what could not be read: why
  std::optional<Doubts> doubts_;                        ///< about a complete run
  ResultRecord result_;                                 ///< of one that is not altered
};

struct WatchedRun {
  std::string label;
  RunWatcher watcher;
};

}  // namespace leakprobe
