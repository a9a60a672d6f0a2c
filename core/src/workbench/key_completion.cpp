#include "workbench/key_completion.h"

#include <algorithm>

#include "config/assign.h"
#include "config/merge.h"
#include "workbench/experiment_keys.h"

namespace leakprobe {
namespace {

/// What a file has before anything is laid over it.
constexpr const char* kExtends = "extends";

/// Whether the entries of such a value have names of their own.
bool has_named_entries(const std::string& type) {
  return type.starts_with("list of ") || type.starts_with("mapping of ");
}

class KeyCompletion {
 public:
  KeyCompletion(const Registry& registry, const Value& experiment)
      : registry_(registry), experiment_(experiment) {}

  std::vector<std::string> keys(const std::string& word) const {
    const size_t dot = word.rfind('.');
    const std::string above = dot == std::string::npos ? "" : word.substr(0, dot);
    std::vector<std::string> found;
    for (const std::string& name : names_below(above)) {
      const std::string path = above.empty() ? name : above + "." + name;
      if (path.starts_with(word)) found.push_back(path + (goes_on(path) ? "." : "="));
    }
    return found;
  }

  std::vector<std::string> values(const std::string& path) const {
    std::vector<std::string> found;
    const Value keys = describe_keys(registry_, path);
    for (const Value& key : keys.as_list()) {
      if (const Value* words = key.find("words")) {
        for (const Value::Entry& word : words->entries()) add(found, word.key);
      }
      if (key.find_text("type") == "true or false") {
        for (const char* word : {"true", "false"}) add(found, word);
      }
    }
    const size_t dot = path.rfind('.');
    if (dot == std::string::npos || path.substr(dot + 1) != "type") return found;
    for (const RegisteredPlugin* plugin : plugins_at(path.substr(0, dot))) {
      add(found, plugin->registration.name);
    }
    return found;
  }

 private:
  static void add(std::vector<std::string>& list, const std::string& word) {
    if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
  }

  /// What is said of the key at `path`, or of what its entries are where `path` is one of these.
  Value described(const std::string& path) const {
    Value keys = describe_keys(registry_, path);
    if (!keys.as_list().empty()) {
      Value single = Value::list();
      for (Value& key : keys.as_list()) {
        if (!has_named_entries(key.text("type"))) single.push_back(std::move(key));
      }
      return single;
    }
    const size_t dot = path.rfind('.');
    return dot == std::string::npos ? keys : describe_keys(registry_, path.substr(0, dot) + "[0]");
  }

  /// All plugins that may stand at `path`.
  std::vector<const RegisteredPlugin*> plugins_at(const std::string& path) const {
    std::vector<const RegisteredPlugin*> found;
    const Value keys = described(path);
    for (const RegisteredPlugin* plugin : registry_.plugins()) {
      const Registration& registration = plugin->registration;
      const Value name(std::string(name_of(registration.kind)) + "/" + registration.name);
      const auto names_it = [&](const Value& key) {
        const Value::List& names = key.find_items("plugins");
        return std::find(names.begin(), names.end(), name) != names.end();
      };
      if (std::any_of(keys.as_list().begin(), keys.as_list().end(), names_it)) {
        found.push_back(plugin);
      }
    }
    return found;
  }

  /// Whether this is the plugin that the experiment has at a place where `value` stands.
  bool is_chosen(const Registration& plugin, const Value* value) const {
    const std::string type = value != nullptr ? value->find_text("type") : "";
    if (!type.empty()) return plugin.name == type;
    const Registration* usual = registry_.default_of(plugin.kind);
    return usual == nullptr || usual == &plugin;
  }

  std::vector<std::string> names_below(const std::string& path) const {
    std::vector<std::string> names;
    if (path.empty()) {
      const Value keys = describe_keys(registry_, "keys");
      for (const Value& key : keys.as_list()) {
        if (key.text("name") != kExtends) add(names, key.text("name"));
      }
      return names;
    }
    const Value* value = find_at(experiment_, path);
    const Value keys = described(path);
    for (const Value& key : keys.as_list()) {
      for (const Value& below : key.find_items("parameters")) add(names, below.text("name"));
    }
    for (const RegisteredPlugin* plugin : plugins_at(path)) {
      add(names, "type");
      if (!is_chosen(plugin->registration, value)) continue;
      for (const Field& field : plugin->registration.parameters->fields()) add(names, field.name);
    }
    if (value != nullptr) add_own(names, *value);
    return names;
  }

  /// The keys and names of entries that the experiment has.
  static void add_own(std::vector<std::string>& names, const Value& value) {
    if (value.is_map()) {
      for (const Value::Entry& entry : value.entries()) add(names, entry.key);
    }
    if (!value.is_list()) return;
    const Value::List& entries = value.as_list();
    for (size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].is_map()) continue;
      const std::string name = entry_name(entries[i]);
      add(names, name.empty() ? std::to_string(i) : name);
    }
  }

  /// Whether something may stand below `path`. What the experiment has there as one value, such as
  /// the name of an objective, is changed as one.
  bool goes_on(const std::string& path) const {
    const Value* value = find_at(experiment_, path);
    const bool may_go_on =
        value == nullptr || value->is_null() || value->is_map() || value->is_list();
    return may_go_on && !names_below(path).empty();
  }

  const Registry& registry_;
  const Value& experiment_;
};

}  // namespace

std::vector<std::string> complete_override(const Registry& registry, const Value& experiment,
                                           const std::string& word) {
  const KeyCompletion completion(registry, experiment);
  const size_t equals = word.find('=');
  if (equals == std::string::npos) return completion.keys(word);
  std::vector<std::string> found;
  for (const std::string& value : completion.values(word.substr(0, equals))) {
    const std::string whole = word.substr(0, equals + 1) + value;
    if (whole.starts_with(word)) found.push_back(whole);
  }
  return found;
}

}  // namespace leakprobe
