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
#include "records/superseded_run.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

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

std::optional<StatusRecord> RunWatcher::read() {
  unreadable_.clear();
  const fs::path file = run_ / kStatusFile;
  if (!is_taken(file)) return std::nullopt;
  try {
    return read_status(run_);
  } catch (const Error& unreadable) {
    // A new run may have moved it away meanwhile.
    if (is_taken(file)) unreadable_ = unreadable.what();
    return std::nullopt;
  }
}

Value RunWatcher::status() {
  const std::optional<StatusRecord> record = read();
  const bool held = FolderLock::is_held(run_);
  using State = StatusRecord::State;
  Value status = record ? record->to_value() : Value::map();
  if (!record) {
    status.set("state", held ? "running" : unreadable_.empty() ? "waiting" : "unknown");
  } else if (record->state == State::running && !held) {
    status.set("state", "stopped");
  }
  const bool is_gone = !record && unreadable_.empty() && !held;
  if (record ? record->state == State::complete : is_gone && was_complete(run_)) {
    look_for_altered_files();
    judge(status);
  } else {
    doubts_.reset();
  }
  return status;
}

void RunWatcher::look_for_altered_files() {
  if (doubts_) return;
  try {
    doubts_ = doubts_about(run_);
    if (doubts_->kind != Doubts::Kind::altered) result_ = read_result(run_);
  } catch (const Error& unreadable) {
    doubts_ = Doubts{Doubts::Kind::altered, unreadable.what()};
  }
}

bool RunWatcher::is_altered() const { return doubts_ && doubts_->kind == Doubts::Kind::altered; }

void RunWatcher::judge(Value& status) const {
  const bool altered = is_altered();
  if (altered) status.set("state", "altered");
  status.set("verdict", altered ? "" : word_of(result_.verdict));
  for (const char* key : {"effect", "unit", "direction"}) {
    const Value* value = altered ? nullptr : result_.claim.find(key);
    status.set(key, value ? *value : Value());
  }
}

Value RunWatcher::evaluations() {
  read_claim();
  read_new_records();
  const bool altered = is_altered();
  Value value = Value::map();
  value.set("set", claim_ ? Value(claim_->set) : Value());
  value.set("prefix", claim_ ? Value(claim_->prefix) : Value());
  value.set("leaks", altered ? Value::list() : leaks_);
  value.set("note", note());
  Value curve = Value::list();
  for (const double leak : altered ? std::vector<double>() : curve_) curve.push_back(leak);
  value.set("curve", std::move(curve));
  return value;
}

std::string RunWatcher::note() const {
  if (is_altered()) return doubts_->text;  // whatever else is wrong with its files
  std::string text;
  for (const std::string& part : {superseded_note(run_), unreadable_, claim_note_, records_note_,
                                  doubts_ ? doubts_->text : std::string()}) {
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  }
  return text;
}

void RunWatcher::read_claim() {
  claim_note_.clear();
  if (claim_ || !is_taken(run_ / kConfigFile)) return;
  try {
    const ConfigRecord config = read_config(run_);
    const Value* claim = first_claim(config.experiment);
    if (!claim || !claim->is_map()) return;
    claim_ = Cell{rows_of(*claim), claim->find_text("prefix")};
    probes_ = probes_of(config.experiment, claim->find_text("measure"));
  } catch (const Error& unreadable) {
    claim_note_ = std::string("what it claims is not known: ") + unreadable.what();
  }
}

void RunWatcher::read_new_records() {
  const fs::path metrics = run_ / kMetricsFile;
  std::error_code failure;
  const uintmax_t size = fs::file_size(metrics, failure);
  if (!failure && size < static_cast<uintmax_t>(position_)) {  // resumed from an earlier state
    position_ = lines_ = 0;
    records_note_.clear();
    curve_.clear();
  }
  if (!is_taken(metrics)) return;
  try {
    LineReader file(metrics, position_, lines_);
    while (const auto line = file.next()) {
      position_ = file.position();
      lines_ = file.number();
      if (const auto record = read_evaluation(*line, file.place())) take(*record);
    }
  } catch (const Error& unreadable) {
    records_note_ = std::string("not all was read: ") + unreadable.what();
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
