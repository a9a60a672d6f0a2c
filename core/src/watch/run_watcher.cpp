#include "watch/run_watcher.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "compose/claim.h"
#include "compose/probes.h"
#include "config/yaml_document.h"
#include "format/files.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "format/line_reader.h"
#include "leakprobe/error.h"
#include "records/claim_result.h"
#include "records/lock.h"
#include "records/manifest.h"
#include "records/metrics_line.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// A file that is being replaced may be gone for a moment, and a foreign one may hold anything.
std::optional<Value> read_json(const fs::path& file) {
  try {
    if (is_there(file)) return to_value(JsonValue::read(file));
  } catch (const Error&) {
  }
  return std::nullopt;
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

Value RunWatcher::status() const {
  std::optional<Value> status = read_json(run_ / "status.json");
  if (!status || status->find_text("state").empty()) {
    Value begun = Value::map();
    begun.set("state", FolderLock::is_held(run_) ? "running" : "waiting");
    return begun;
  }
  const std::string state = status->find_text("state");
  if (state == "running" && !FolderLock::is_held(run_)) status->set("state", "stopped");
  if (state == "complete") {
    const Value result = current_result(read_json(run_ / "result.json").value_or(Value()));
    status->set("verdict", result.find_text("verdict"));
    const Value* claim = result.find("claim");
    for (const char* key : {"effect", "unit", "direction"}) {
      const Value* value = claim ? claim->find(key) : nullptr;
      status->set(key, value ? *value : Value());
    }
  }
  return *std::move(status);
}

void RunWatcher::look_for_altered_files() {
  if (compared_ || status().find_text("state") != "complete") return;
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
  const fs::path config = run_ / "config.yaml";
  if (claim_ || !is_there(config)) return;
  Diagnostics ignored;
  YamlBudget budget;
  try {
    const auto experiment = parse_yaml(read_file(config, kMaxYamlBytes), config, ignored, budget);
    const Value* claim = experiment ? first_claim(*experiment) : nullptr;
    if (!claim || !claim->is_map()) return;
    claim_ = Cell{rows_of(*claim), claim->find_text("prefix")};
    probes_ = probes_of(*experiment, claim->find_text("measure"));
  } catch (const Error&) {
  }
}

void RunWatcher::read_new_records() {
  const fs::path metrics = run_ / "metrics.jsonl";
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
      if (const auto evaluation = evaluation_in(*line, file.place())) take(*evaluation);
    }
  } catch (const Error& unreadable) {
    note_ = std::string("not all was read: ") + unreadable.what();
  }
}

void RunWatcher::take(const JsonValue& record) {
  const auto probe = std::find(probes_.begin(), probes_.end(), record.get_string("probe"));
  if (!probes_.empty() && probe == probes_.end()) return;
  Value leaks = Value::list();
  const JsonValue cells = record.at("cells");
  if (!cells.is_array()) cells.fail("expected an array");
  for (size_t i = 0; i < cells.size(); ++i) {
    // The plain value where the task has no chance level.
    const std::optional<double> leak = cells[i].find_double("leak");
    const std::optional<double> value = leak ? leak : cells[i].find_double("value");
    if (!value) continue;
    const Cell cell{cells[i].get_string("set"), cells[i].get_string("prefix")};
    Value entry = Value::map();
    entry.set("set", cell.set);
    entry.set("prefix", cell.prefix);
    entry.set("leak", *value);
    if (claim_ == cell) curve_.push_back(*value);
    leaks.push_back(std::move(entry));
  }
  leaks_ = std::move(leaks);
}

}  // namespace leakprobe
