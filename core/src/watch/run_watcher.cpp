#include "watch/run_watcher.h"

#include <fstream>
#include <utility>

#include "config/yaml_document.h"
#include "format/json.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "run/lock.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

std::string text_of(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value && value->is_string() ? value->as_string() : "";
}

/// The leak of a cell, or its plain value where the task has no chance level.
const Value* leak_of(const Value& cell) {
  const Value* leak = cell.find("leak");
  return leak ? leak : cell.find("value");
}

/// A file that is being replaced may be gone for a moment, and a foreign one may hold anything.
std::optional<Value> read_json(const fs::path& file) {
  try {
    if (fs::exists(file)) return to_value(JsonValue::read(file));
  } catch (const Error&) {
  }
  return std::nullopt;
}

}  // namespace

Value RunWatcher::status() const {
  std::optional<Value> status = read_json(run_ / "status.json");
  if (!status || text_of(*status, "state").empty()) {
    Value begun = Value::map();
    begun.set("state", FolderLock::is_held(run_) ? "running" : "waiting");
    return begun;
  }
  const std::string state = text_of(*status, "state");
  if (state == "running" && !FolderLock::is_held(run_)) status->set("state", "stopped");
  if (state == "complete") {
    const Value result = read_json(run_ / "result.json").value_or(Value());
    status->set("verdict", text_of(result, "verdict"));
    const Value* claim = result.find("claim");
    const Value* effect = claim ? claim->find("effect") : nullptr;
    status->set("effect", effect ? *effect : Value());
  }
  return *std::move(status);
}

Value RunWatcher::evaluations() {
  read_claim();
  read_new_records();
  Value value = Value::map();
  value.set("set", claim_ ? Value(claim_->set) : Value());
  value.set("prefix", claim_ ? Value(claim_->prefix) : Value());
  value.set("leaks", leaks_);
  Value curve = Value::list();
  for (const double leak : curve_) curve.push_back(leak);
  value.set("curve", std::move(curve));
  return value;
}

void RunWatcher::read_claim() {
  const fs::path config = run_ / "config.yaml";
  if (claim_ || !fs::exists(config)) return;
  Diagnostics ignored;
  YamlBudget budget;
  try {
    const auto experiment = parse_yaml(read_file(config, kMaxYamlBytes), config, ignored, budget);
    const Value* claim = experiment ? experiment->find("claim") : nullptr;
    if (claim) claim_ = Cell{text_of(*claim, "set"), text_of(*claim, "prefix")};
  } catch (const Error&) {
  }
}

void RunWatcher::read_new_records() {
  std::error_code failure;
  const auto size = static_cast<int64_t>(fs::file_size(run_ / "metrics.jsonl", failure));
  if (failure) return;
  if (size < position_) {  // the run was resumed from an earlier state
    position_ = 0;
    curve_.clear();
  }
  std::ifstream file(run_ / "metrics.jsonl", std::ios::binary);
  file.seekg(position_);
  for (std::string line; std::getline(file, line) && !file.eof();) {  // whole lines alone
    position_ += static_cast<int64_t>(line.size()) + 1;
    if (line.find("\"evaluation\"") == std::string::npos) continue;
    try {
      take(to_value(JsonValue::parse(line, "metrics.jsonl")));
    } catch (const Error&) {
    }
  }
}

void RunWatcher::take(const Value& record) {
  const Value* cells = record.find("cells");
  if (text_of(record, "record") != "evaluation" || !cells || !cells->is_list()) return;
  leaks_ = Value::list();
  for (const Value& cell : cells->as_list()) {
    const Value* leak = leak_of(cell);
    if (!leak || leak->is_null()) continue;
    Value value = Value::map();
    value.set("set", text_of(cell, "set"));
    value.set("prefix", text_of(cell, "prefix"));
    value.set("leak", *leak);
    if (claim_ == Cell{text_of(cell, "set"), text_of(cell, "prefix")}) {
      curve_.push_back(leak->as_number());
    }
    leaks_.push_back(std::move(value));
  }
}

}  // namespace leakprobe
