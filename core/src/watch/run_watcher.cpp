#include "watch/run_watcher.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "compose/claim.h"
#include "compose/probes.h"
#include "format/files.h"
#include "format/line_reader.h"
#include "leakprobe/error.h"
#include "records/config_record.h"
#include "records/lock.h"
#include "records/manifest.h"
#include "records/result_record.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// A file that is being replaced may be gone for a moment, and a foreign one may hold anything.
template <class Read>
auto if_readable(const Read& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// How records name the rows of a claim: those of a set, or of a part of one.
std::string rows_of(const Value& claim) {
  const Value* set = claim.find("set");
  if (!set || !set->is_map()) return claim.find_text("set");
  const Value* items = set->find("items");
  if (!items || !items->is_list() || items->as_list().size() != 2) return set->find_text("set");
  return set->find_text("set") + "[" + to_json(items->as_list()[0]) + ":" +
         to_json(items->as_list()[1]) + "]";
}

}  // namespace

std::optional<StatusRecord> RunWatcher::read() const {
  return if_readable([&] { return read_status(run_); });
}

Value RunWatcher::status() const {
  const std::optional<StatusRecord> record = read();
  if (!record) {
    Value begun = Value::map();
    begun.set("state", FolderLock::is_held(run_) ? "running" : "waiting");
    return begun;
  }
  Value status = record->to_value();
  if (record->state == StatusRecord::State::running && !FolderLock::is_held(run_)) {
    status.set("state", "stopped");
  }
  if (record->state == StatusRecord::State::complete) {
    const auto result = if_readable([&] { return read_result(run_); });
    status.set("verdict", result ? word_of(result->verdict) : "");
    for (const char* key : {"effect", "unit", "direction"}) {
      const Value* value = result ? result->claim.find(key) : nullptr;
      status.set(key, value ? *value : Value());
    }
  }
  return status;
}

void RunWatcher::look_for_altered_files() {
  if (compared_) return;
  const std::optional<StatusRecord> record = read();
  if (!record || record->state != StatusRecord::State::complete) return;
  compared_ = true;
  try {
    if (std::string doubts = doubts_about(run_, Vouched::evidence); !doubts.empty()) {
      doubts_ = std::move(doubts);
    }
  } catch (const Error& unreadable) {
    doubts_ = unreadable.what();
  }
}

Value RunWatcher::evaluations() {
  read_claim();
  read_new_records();
  look_for_altered_files();
  Value value = Value::map();
  value.set("set", claim_ ? Value(claim_->set) : Value());
  value.set("prefix", claim_ ? Value(claim_->prefix) : Value());
  value.set("leaks", leaks_);
  value.set("note", note_ + (note_.empty() || doubts_.empty() ? "" : "; ") + doubts_);
  Value curve = Value::list();
  for (const double leak : curve_) curve.push_back(leak);
  value.set("curve", std::move(curve));
  return value;
}

void RunWatcher::read_claim() {
  if (claim_) return;
  const auto config = if_readable([&] { return read_config(run_); });
  const Value* claim = config ? first_claim(config->experiment) : nullptr;
  if (!claim || !claim->is_map()) return;
  claim_ = Cell{rows_of(*claim), claim->find_text("prefix")};
  probes_ = probes_of(config->experiment, claim->find_text("measure"));
}

void RunWatcher::read_new_records() {
  const fs::path metrics = run_ / kMetricsFile;
  std::error_code failure;
  const uintmax_t size = fs::file_size(metrics, failure);
  if (!failure && size < static_cast<uintmax_t>(position_)) {  // resumed from an earlier state
    position_ = lines_ = 0;
    note_.clear();
    curve_.clear();
  }
  if (!is_there(metrics)) return;
  try {
    LineReader file(metrics, position_, lines_);
    while (const auto line = file.next()) {
      position_ = file.position();
      lines_ = file.number();
      if (const auto record = read_evaluation(*line, file.place())) take(*record);
    }
  } catch (const Error& unreadable) {
    note_ = std::string("not all was read: ") + unreadable.what();
  }
}

void RunWatcher::take(const EvaluationRecord& record) {
  const auto probe = std::find(probes_.begin(), probes_.end(), record.probe);
  if (!probes_.empty() && probe == probes_.end()) return;
  Value leaks = Value::list();
  for (const EvaluationRecord::CellValue& value : record.cells) {
    const Cell cell{value.set, value.prefix};
    // The plain value where the task has no chance level.
    const double leak = value.leak.value_or(value.value);
    Value entry = Value::map();
    entry.set("set", cell.set);
    entry.set("prefix", cell.prefix);
    entry.set("leak", leak);
    if (claim_ == cell) curve_.push_back(leak);
    leaks.push_back(std::move(entry));
  }
  leaks_ = std::move(leaks);
}

}  // namespace leakprobe
