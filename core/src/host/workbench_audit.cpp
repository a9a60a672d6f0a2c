#include "format/json.h"
#include "format/json_to_value.h"
#include "host/experiment.h"
#include "host/workbench_state.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

/// A file of a run, checked as it is read: whoever audits does not trust it.
JsonValue read_ledger(const fs::path& run) {
  const fs::path file = run / "ledger.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) {
    throw Error(run.string() + ": holds no ledger.json; name the folder of a run");
  }
  JsonValue ledger = JsonValue::read(file);
  if (ledger.get_int("version") != 1) ledger.at("version").fail("this version is not known");
  return ledger;
}

/// Whether the experiment's roles forbid to push this account's rows up.
bool is_protected(const TaskFacts& task, const std::string& set, const std::string& prefix) {
  const SetFacts* facts = task.find(set);
  return facts != nullptr && facts->role.forbids_positive(prefix);
}

class Auditor {
 public:
  Auditor(const JsonValue& ledger, const TaskFacts& task) : ledger_(ledger), task_(task) {}

  Value audit() {
    const JsonValue columns = ledger_.at("columns");
    for (size_t i = 0; i < columns.size(); ++i) add_column(columns[i]);
    const int64_t pushed_up = ledger_.get_int("pushed_up_steps", 0);
    const int64_t steps = ledger_.get_int("steps", 0);
    if (pushed_up > steps) ledger_.at("pushed_up_steps").fail("is more than all steps");
    Value audit = Value::map();
    audit.set("never_pushed_up", pushed_up == 0 && declared_ == 0);
    audit.set("protected_rows", ledger_.get_int("protected_rows", 0));
    audit.set("declared_positive", declared_);
    audit.set("pushed_up_steps", pushed_up);
    audit.set("steps", steps);
    const auto first = ledger_.find("first_pushed_up");
    audit.set("first_pushed_up", first ? to_value(*first) : Value());
    audit.set("sets", std::move(sets_));
    return audit;
  }

 private:
  void add_column(const JsonValue& column) {
    const std::string& sign = column.get_string("declared_sign");
    const JsonValue sets = column.at("sets");
    for (size_t i = 0; i < sets.size(); ++i) {
      const JsonValue set = sets[i];
      const bool is_guarded = is_protected(task_, set.get_string("set"), set.get_string("prefix"));
      if (is_guarded && sign != "negative" && column.get_double("weight") != 0) ++declared_;
      const int64_t rows = set.get_int("rows", 0);
      const int64_t up = set.get_int("pushed_up", 0);
      const int64_t down = set.get_int("pushed_down", 0);
      if (up > rows || down > rows - up) set.at("rows").fail("is less than the rows pushed");
      Value entry = Value::map();
      for (const char* key : {"phase", "term", "objective", "column"}) {
        entry.set(key, column.get_string(key));
      }
      entry.set("sign", sign);
      entry.set("set", set.get_string("set"));
      entry.set("prefix", set.get_string("prefix"));
      entry.set("protected", is_guarded);
      entry.set("rows", rows);
      entry.set("pushed_up", up);
      entry.set("pushed_down", down);
      sets_.push_back(std::move(entry));
    }
  }

  const JsonValue& ledger_;
  const TaskFacts& task_;
  int64_t declared_ = 0;
  Value sets_ = Value::list();
};

}  // namespace

Value Workbench::audit(const fs::path& run) const {
  state_->registry.require_named();
  const JsonValue ledger = read_ledger(run);
  // Roles come from the experiment, not from the ledger that is being judged.
  const Composition composition = require_composition({run / "config.yaml", {}}, state_->registry);
  Value audit = Auditor(ledger, composition.task.facts()).audit();
  audit.set("directory", run.string());
  return audit;
}

}  // namespace leakprobe::host
