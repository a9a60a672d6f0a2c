#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "leakprobe/error.h"
#include "leakprobe/params.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"

/// Roles as parameters of tasks: a member `std::map<std::string, Role> roles`, or a `Named<Role>`,
/// in the file
///     roles: {secrets: never_positive, fresh: control, mixed: {never_positive: [good]},
///             pairs.rejected: {never_positive: {from: suppress}}}
namespace leakprobe {

/// `never_positive:` as a mapping.
struct NeverPositive {
  std::vector<std::string> prefixes;
  std::string from;
  static void declare(Schema<NeverPositive>& schema) {
    schema.field("prefixes", &NeverPositive::prefixes, kAny,
                 "Prefixes behind which the role holds; an empty list means every one.");
    schema.field("from", &NeverPositive::from, kAny,
                 "The phase from which on it holds; by default the first.");
  }
};

template <>
struct ParameterType<Role> {
  static std::string name() { return "role"; }

  static Value schema() {
    Value words = Value::list();
    for (const std::string& word : role_words()) words.push_back(word);
    Value where =
        detail::pair("anyOf", Value(Value::List{ParameterType<std::vector<std::string>>::schema(),
                                                ParameterType<NeverPositive>::schema()}));
    Value behind = detail::pair("type", "object");
    behind.set("properties", detail::pair("never_positive", std::move(where)));
    behind.set("required", Value(Value::List{"never_positive"}));
    behind.set("additionalProperties", false);
    return detail::pair(
        "anyOf", Value(Value::List{detail::pair("enum", std::move(words)), std::move(behind)}));
  }

  static bool read(Role& out, const Value& value, const std::string& path, Reader& reader) {
    if (value.is_string()) {
      const std::vector<std::string> words = role_words();
      const auto word = std::find(words.begin(), words.end(), value.as_string());
      if (word == words.end()) {
        reader.error(value, path, "unknown role " + value.describe(),
                     suggest(value.as_string(), words, "roles"));
        return false;
      }
      out = {static_cast<Role::Kind>(word - words.begin()), {}, {}};
      return true;
    }
    const Value* where = value.find("never_positive");
    if (!where || value.entries().size() != 1) {
      return detail::wrong_type(
          value, path, "a role", reader,
          "write never_positive, control, ordinary or {never_positive: [prefixes]}");
    }
    out = {Role::Kind::never_positive, {}, {}};
    const std::string where_path = child_path(path, "never_positive");
    if (where->is_list()) {
      return ParameterType<std::vector<std::string>>::read(out.prefixes, *where, where_path,
                                                           reader);
    }
    NeverPositive keys;
    if (!ParameterType<NeverPositive>::read(keys, *where, where_path, reader)) return false;
    out.prefixes = std::move(keys.prefixes);
    out.from = std::move(keys.from);
    return true;
  }

  static Value write(const Role& role) {
    if (!role.from.empty()) {
      const NeverPositive keys{role.prefixes, role.from};
      return detail::pair("never_positive", ParameterType<NeverPositive>::write(keys));
    }
    if (role.kind != Role::Kind::never_positive || role.prefixes.empty()) {
      return role_words()[static_cast<size_t>(role.kind)];
    }
    return detail::pair("never_positive",
                        ParameterType<std::vector<std::string>>::write(role.prefixes));
  }

 private:
  /// In the order of Role::Kind.
  static std::vector<std::string> role_words() { return {"ordinary", "never_positive", "control"}; }
};

/// Gives the sets of `facts`, and the columns of sets, the roles that a file says: a column's own
/// role stands over its set's. Throws Error for a set, column or prefix that the task does not
/// have, for a column that would be the control, and where more than one set would be it.
template <class Roles>
void apply_roles(const Roles& roles, TaskFacts& facts) {
  for (const auto& [name, role] : roles) {
    const std::optional<RowsOf> rows = facts.rows_named(name);
    const std::string& set_name = rows ? rows->set : name;
    const auto set =
        std::find_if(facts.sets.begin(), facts.sets.end(),
                     [&](const SetFacts& candidate) { return candidate.name == set_name; });
    if (set == facts.sets.end()) {
      std::vector<std::string> names = facts.row_names();
      for (const SetFacts& each : facts.sets) {
        if (!each.columns.empty()) names.push_back(each.name);
      }
      throw Error("roles: the task has no set '" + name + "'; " + suggest(name, names, "sets"));
    }
    std::vector<std::string> prefixes = facts.prefixes;
    prefixes.push_back(kNoPrefix);
    for (const std::string& prefix : role.prefixes) {
      if (std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end()) {
        throw Error("roles." + name + ": the task has no prefix '" + prefix + "'; " +
                    suggest(prefix, prefixes, "prefixes"));
      }
    }
    if (!rows || rows->column.empty()) {
      set->role = role;
      continue;
    }
    if (role.kind == Role::Kind::control) {
      throw Error("roles." + name + ": a column cannot be the control; give the role to its set");
    }
    for (ColumnFacts& column : set->columns) {
      if (column.name == rows->column) column.role = role;
    }
  }
  const auto is_control = [](const SetFacts& set) { return set.is_control(); };
  if (std::count_if(facts.sets.begin(), facts.sets.end(), is_control) > 1) {
    throw Error("roles: more than one set is the control; leave the role to one");
  }
}

}  // namespace leakprobe
