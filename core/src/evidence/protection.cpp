#include "evidence/protection.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace leakprobe {
namespace {

/// Rows that may never be positive targets, and their role.
struct Protected {
  RowsOf rows;
  const Role* role;
};

std::vector<Protected> all_protected(const TaskFacts& facts) {
  std::vector<Protected> all;
  for (const RowsOf& rows : facts.rows()) {
    const Role& role = facts.role_of(rows);
    if (role.kind == Role::Kind::never_positive) all.push_back({rows, &role});
  }
  return all;
}

/// " behind prefix 'a' or 'b' from phase p on"; "" where the role holds everywhere.
std::string where(const Role& role) {
  std::string text;
  for (const std::string& prefix : role.prefixes) {
    text += (text.empty() ? " behind prefix '" : " or '") + prefix + "'";
  }
  return role.from.empty() ? text : text + " from phase " + role.from + " on";
}

}  // namespace

Value protected_sets(const TaskFacts& facts) {
  Value list = Value::list();
  for (const auto& [rows, role] : all_protected(facts)) {
    const std::optional<int64_t> size = facts.at(rows.set).size;
    Value prefixes = Value::list();
    for (const std::string& prefix : role->prefixes) prefixes.push_back(prefix);
    Value entry = Value::map();
    entry.set("set", rows.name());
    entry.set("rows", size ? Value(*size) : Value());
    entry.set("prefixes", std::move(prefixes));
    entry.set("from", role->from.empty() ? Value() : Value(role->from));
    list.push_back(std::move(entry));
  }
  return list;
}

std::string where_protected(const TaskFacts& facts) {
  const std::vector<Protected> all = all_protected(facts);
  if (all.empty()) return "";
  const std::string first = where(*all.front().role);
  if (std::all_of(all.begin(), all.end(),
                  [&](const Protected& each) { return where(*each.role) == first; })) {
    return first;
  }
  std::string text;
  for (const auto& [rows, role] : all) {
    text += (text.empty() ? "" : ", ") + ("'" + rows.name() + "'") + where(*role);
  }
  return " where its role forbids it (" + text + ")";
}

}  // namespace leakprobe
