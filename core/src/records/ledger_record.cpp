#include "records/ledger_record.h"

#include "format/files.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"
#include "records/read_word.h"
#include "text/counted.h"
#include "text/hex.h"

namespace leakprobe {
namespace {

using Account = LedgerRecord::Account;
using Column = LedgerRecord::Column;
using ControlUses = LedgerRecord::ControlUses;
using Inherited = LedgerRecord::Inherited;
using PhaseCounts = LedgerRecord::PhaseCounts;
using Violation = LedgerRecord::Violation;

Value to_value(const Account& account);
Value to_value(const Column& column);
Value to_value(const PhaseCounts& phase);
Value to_value(const Inherited& inherited);

template <class Record>
Value list_of(const std::vector<Record>& records) {
  Value list = Value::list();
  for (const Record& record : records) list.push_back(to_value(record));
  return list;
}

Value to_value(const Account& account) {
  Value value = Value::map();
  value.set("set", account.set);
  value.set("role", word_of(account.role));
  value.set("prefix", account.prefix);
  value.set("rows", account.rows);
  value.set("pushed_up", account.pushed_up);
  value.set("pushed_down", account.pushed_down);
  value.set("gradient", account.gradient);
  if (account.counts.empty()) {
    value.set("digest", to_hex(account.digest));
  } else {
    value.set("counts", Value(Value::List(account.counts.begin(), account.counts.end())));
  }
  return value;
}

Value to_value(const Column& column) {
  Value value = Value::map();
  value.set("phase", column.phase);
  value.set("term", column.term);
  value.set("objective", column.objective);
  value.set("column", column.column);
  value.set("declared_sign", word_of(column.declared));
  value.set("weight", column.weight);
  value.set("sets", list_of(column.sets));
  return value;
}

Value to_value(const PhaseCounts& phase) {
  Value value = Value::map();
  value.set("phase", phase.phase);
  value.set("steps", phase.steps);
  value.set("pushed_up_steps", phase.pushed_up_steps);
  return value;
}

Value to_value(const Inherited& inherited) {
  Value value = Value::map();
  value.set("into", inherited.into);
  value.set("run", inherited.run);
  value.set("digest", inherited.digest);
  value.set("seed", inherited.seed);
  value.set("phase", inherited.phase);
  value.set("steps", inherited.steps);
  value.set("pushed_up_steps", inherited.pushed_up_steps);
  value.set("columns", list_of(inherited.columns));
  value.set("inherited", list_of(inherited.inherited));
  const std::vector<std::string>& notes = inherited.uncompared;
  if (!notes.empty()) value.set("uncompared", Value(Value::List(notes.begin(), notes.end())));
  return value;
}

/// Adds the count that `value` has under `key`.
void add_count(int64_t& sum, int64_t count, const Value& value, const char* key) {
  if (count > kMostCounted - sum) {
    value.fail(key, "makes more than can be counted, with those before it");
  }
  sum += count;
}

/// steps and pushed_up_steps of what `Record` is.
template <class Record>
void read_steps(Record& record, const Value& value) {
  record.steps = value.integer("steps", 0, kMostCounted);
  record.pushed_up_steps = value.integer("pushed_up_steps", 0);
  if (record.pushed_up_steps > record.steps) {
    value.fail("pushed_up_steps", "is more than all steps");
  }
}

Account account_of(const Value& value) {
  Account account;
  account.set = value.text("set");
  account.role = read_word<Role::Kind>(value, "role");
  account.prefix = value.text("prefix");
  account.rows = value.integer("rows", 1, kMostCounted);
  account.pushed_up = value.integer("pushed_up", 0);
  account.pushed_down = value.integer("pushed_down", 0);
  if (account.pushed_up > account.rows || account.pushed_down > account.rows - account.pushed_up) {
    value.fail("rows", "is less than the rows pushed");
  }
  account.gradient = value.number("gradient");
  if (value.has("counts") == value.has("digest")) {
    value.fail("has to have either counts or a digest of its rows");
  }
  if (value.has("counts")) {
    account.counts = value.integers("counts", 0);
    if (account.counts.empty()) value.fail("counts", "is empty");
  } else {
    const auto digest = from_hex(value.text("digest"));
    if (!digest) value.fail("digest", "is no number of 16 hexadecimal digits");
    account.digest = *digest;
  }
  account.place = value.place;
  return account;
}

std::vector<Column> columns_of(const Value& record) {
  std::vector<Column> columns;
  int64_t rows = 0;
  for (const Value& value : record.maps("columns")) {
    Column& column = columns.emplace_back();
    column.phase = value.text("phase");
    column.term = value.text("term");
    column.objective = value.text("objective");
    column.column = value.text("column");
    column.declared = read_word<Sign>(value, "declared_sign");
    column.weight = value.number("weight");
    for (const Value& set : value.maps("sets")) {
      column.sets.push_back(account_of(set));
      add_count(rows, column.sets.back().rows, set, "rows");
    }
  }
  return columns;
}

/// What is inherited adds its steps to `steps`.
std::vector<Inherited> inherited_of(const Value& record, int64_t& steps) {
  std::vector<Inherited> all;
  for (const Value& value : record.maps("inherited")) {
    Inherited& inherited = all.emplace_back();
    inherited.into = value.text("into");
    inherited.run = value.text("run");
    inherited.digest = value.text("digest");
    inherited.seed = value.integer("seed", 0);
    inherited.phase = value.text("phase");
    read_steps(inherited, value);
    add_count(steps, inherited.steps, value, "steps");
    inherited.columns = columns_of(value);
    int64_t further = 0;
    inherited.inherited = inherited_of(value, further);
    if (value.has("uncompared")) inherited.uncompared = value.texts("uncompared");
  }
  return all;
}

Violation violation_of(const Value& value) {
  return {value.text("phase"), value.integer("step", 0), value.text("term"), value.text("set"),
          value.text("prefix")};
}

Value control_value(const ControlUses& control) {
  Value value = Value::map();
  value.set("pushed_up", control.pushed_up);
  value.set("pushed_down", control.pushed_down);
  return value;
}

ControlUses control_of(const Value& value) {
  return {value.integer("pushed_up", 0, kMostCounted),
          value.integer("pushed_down", 0, kMostCounted)};
}

}  // namespace

void LedgerRecord::ControlUses::add(double gradient) {
  if (gradient < 0) ++pushed_up;
  if (gradient > 0) ++pushed_down;
}

std::string LedgerRecord::ControlUses::text() const {
  if (!any()) return "";
  return "rows of the control were pushed up " + counted(pushed_up, "time") + " and down " +
         counted(pushed_down, "time") + ", so that what is compared with was trained on";
}

Value LedgerRecord::Violation::to_value() const {
  Value value = Value::map();
  value.set("phase", phase);
  value.set("step", step);
  value.set("term", term);
  value.set("set", set);
  value.set("prefix", prefix);
  return value;
}

Value LedgerRecord::to_value() const {
  Value value = Value::map();
  value.set("version", kLedgerVersion);
  value.set("protected_rows", protected_rows);
  value.set("steps", steps);
  value.set("pushed_up_steps", pushed_up_steps);
  if (protected_uses) value.set("protected_uses", *protected_uses);
  if (first_pushed_up) value.set("first_pushed_up", first_pushed_up->to_value());
  if (control.any()) value.set("control", control_value(control));
  value.set("columns", list_of(columns));
  value.set("phases", list_of(phases));
  value.set("inherited", list_of(inherited));
  if (!notes.empty()) value.set("notes", Value(Value::List(notes.begin(), notes.end())));
  return value;
}

LedgerRecord LedgerRecord::of(const Value& value) {
  if (value.integer("version") != kLedgerVersion) {
    value.fail("version", "this version is not known");
  }
  LedgerRecord record;
  record.place = value.place;
  record.protected_rows = value.integer("protected_rows", 0);
  int64_t sum = 0;
  for (const Value& phase : value.maps("phases")) {
    PhaseCounts& counts = record.phases.emplace_back();
    counts.phase = phase.text("phase");
    counts.place = phase.place;
    read_steps(counts, phase);
    add_count(sum, counts.steps, phase, "steps");
  }
  record.inherited = inherited_of(value, sum);
  read_steps(record, value);
  record.protected_uses = std::nullopt;
  if (value.has("protected_uses")) record.protected_uses = value.integer("protected_uses", 0);
  if (value.has("first_pushed_up")) {
    record.first_pushed_up = violation_of(value.mapping("first_pushed_up"));
  }
  if (value.has("control")) record.control = control_of(value.mapping("control"));
  record.columns = columns_of(value);
  if (value.has("notes")) record.notes = value.texts("notes");
  return record;
}

LedgerRecord read_ledger(const std::filesystem::path& run) {
  const std::filesystem::path file = run / kLedgerFile;
  if (!is_taken(file)) {
    throw Error(run.string() + ": holds no " + kLedgerFile + "; name the folder of a run");
  }
  return LedgerRecord::of(read_json(file));
}

}  // namespace leakprobe
