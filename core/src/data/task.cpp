#include "leakprobe/task.h"

#include <algorithm>

#include "leakprobe/error.h"

namespace leakprobe {

bool Role::forbids_positive(const std::string& prefix) const {
  switch (kind) {
    case Kind::ordinary:
      return false;
    case Kind::never_positive:
      return prefixes.empty() ||
             std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end();
    case Kind::control:
      return true;
  }
  return false;
}

const ColumnFacts* SetFacts::find(const std::string& column) const {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const ColumnFacts& candidate) {
    return candidate.name == column;
  });
  return at == columns.end() ? nullptr : &*at;
}

const Role& SetFacts::role_of(const std::string& column) const {
  const ColumnFacts* found = find(column);
  return found && found->role ? *found->role : role;
}

const SetFacts* TaskFacts::find(const std::string& set) const {
  const auto at = std::find_if(sets.begin(), sets.end(),
                               [&](const SetFacts& candidate) { return candidate.name == set; });
  return at == sets.end() ? nullptr : &*at;
}

const SetFacts& TaskFacts::at(const std::string& set) const {
  const SetFacts* found = find(set);
  LEAKPROBE_CHECK(found, "the task has no set '" + set + "'");
  return *found;
}

const SetFacts* TaskFacts::control() const {
  const auto at = std::find_if(sets.begin(), sets.end(),
                               [](const SetFacts& candidate) { return candidate.is_control(); });
  return at == sets.end() ? nullptr : &*at;
}

std::string TaskFacts::first_prefix() const {
  return prefixes.empty() ? std::string(kNoPrefix) : prefixes.front();
}

const Role& TaskFacts::role_of(const RowsOf& rows) const {
  return at(rows.set).role_of(rows.column);
}

std::optional<RowsOf> TaskFacts::rows_named(const std::string& name) const {
  if (const SetFacts* set = find(name)) {
    if (!set->columns.empty()) return std::nullopt;
    return RowsOf{name, "", ""};
  }
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  RowsOf rows{name.substr(0, dot), name.substr(dot + 1), ""};
  const SetFacts* set = find(rows.set);
  if (!set || !set->find(rows.column)) return std::nullopt;
  return rows;
}

std::vector<RowsOf> TaskFacts::rows() const {
  std::vector<RowsOf> all;
  for (const SetFacts& set : sets) {
    if (set.columns.empty()) all.push_back({set.name, "", ""});
    for (const ColumnFacts& column : set.columns) all.push_back({set.name, column.name, ""});
  }
  return all;
}

std::vector<std::string> TaskFacts::row_names() const {
  std::vector<std::string> names;
  for (const RowsOf& each : rows()) names.push_back(each.name());
  return names;
}

std::optional<RowsOf> TaskFacts::control_for(const RowsOf& rows) const {
  const SetFacts* set = control();
  if (!set) return std::nullopt;
  if (set->columns.empty()) return RowsOf{set->name, "", rows.prefix};
  if (!set->find(rows.column)) return std::nullopt;
  return RowsOf{set->name, rows.column, rows.prefix};
}

}  // namespace leakprobe
