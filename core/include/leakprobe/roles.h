#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "leakprobe/error.h"
#include "leakprobe/params.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"

/// Roles as parameters of tasks: a member `Named<Role> roles`, in the file
///     roles: {secrets: never_positive, fresh: control, mixed: {never_positive: [good]}}
namespace leakprobe {

template <>
struct detail::FieldType<Role> {
  static std::string name() { return "role"; }

  static Value schema() {
    Value words = Value::list();
    for (const std::string& word : role_words()) words.push_back(word);
    Value behind = pair("type", "object");
    behind.set("properties", pair("never_positive", FieldType<std::vector<std::string>>::schema()));
    behind.set("required", Value(Value::List{"never_positive"}));
    behind.set("additionalProperties", false);
    return pair("anyOf", Value(Value::List{pair("enum", std::move(words)), std::move(behind)}));
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
      out = {static_cast<Role::Kind>(word - words.begin()), {}};
      return true;
    }
    const Value* prefixes = value.find("never_positive");
    if (!prefixes || value.entries().size() != 1) {
      return wrong_type(value, path, "a role", reader,
                        "write never_positive, control, ordinary or {never_positive: [prefixes]}");
    }
    out.kind = Role::Kind::never_positive;
    return FieldType<std::vector<std::string>>::read(out.prefixes, *prefixes,
                                                     child_path(path, "never_positive"), reader);
  }

  static Value write(const Role& role) {
    if (role.kind != Role::Kind::never_positive || role.prefixes.empty()) {
      return role_words()[static_cast<size_t>(role.kind)];
    }
    return pair("never_positive", FieldType<std::vector<std::string>>::write(role.prefixes));
  }

 private:
  /// In the order of Role::Kind.
  static std::vector<std::string> role_words() { return {"ordinary", "never_positive", "control"}; }
};

/// Gives the sets of `facts` the roles that a file says. Throws Error for a set or prefix that the
/// task does not have, and where more than one set would be the control.
inline void apply_roles(const Named<Role>& roles, TaskFacts& facts) {
  for (const auto& [name, role] : roles) {
    std::vector<std::string> names;
    for (const SetFacts& set : facts.sets) names.push_back(set.name);
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) {
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
    facts.sets[static_cast<size_t>(at - names.begin())].role = role;
  }
  const auto is_control = [](const SetFacts& set) { return set.role.kind == Role::Kind::control; };
  if (std::count_if(facts.sets.begin(), facts.sets.end(), is_control) > 1) {
    throw Error("roles: more than one set is the control; leave the role to one");
  }
}

}  // namespace leakprobe
