#include "commands.h"
#include "failures.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string name;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("NAME", options.name,
                     "A plugin as kind/name, or its name alone where only one has it; a key of an "
                     "experiment, such as device or phases.optimizer; or keys, for all of these");
  arguments.flag("--json", options.json, "Print it as JSON");
}

/// A default as one would write it, so that blanks and an empty text can be seen.
std::string default_of(const Value& parameter) {
  const Value* value = parameter.find("default");
  if (value == nullptr || value->is_null()) return "";
  return visible(value->is_string() ? as_yaml(*value) : plain(*value));
}

/// " sum: as in the paper; mean: as in TRL."
std::string words_of(const Value& parameter) {
  const Value* words = parameter.find("words");
  if (words == nullptr) return "";
  std::string text;
  for (const Value::Entry& each : words->entries()) {
    text += (text.empty() ? " " : "; ") + each.key + ": " + plain(each.value);
  }
  return text + ".";
}

void add_parameters(const Terminal& out, const Value& parameters, const std::string& prefix,
                    Table& table) {
  for (const Value& parameter : parameters.as_list()) {
    const std::string name = prefix + shown(parameter, "name");
    std::string type = shown(parameter, "type");
    for (const char* key : {"range", "unit"}) {
      if (const std::string more = shown(parameter, key); !more.empty()) type += ", " + more;
    }
    table.add(
        {out.bold(name),
         parameter.find_boolean("required").value_or(false) ? "required" : default_of(parameter),
         shown(parameter, "doc") + words_of(parameter) + " (" + type + ")"});
    if (const Value* nested = parameter.find("parameters")) {
      add_parameters(out, *nested, name + ".", table);
    }
  }
}

void print_map(const Terminal& out, const char* heading, const Value* map) {
  if (map == nullptr || !map->is_map() || map->entries().empty()) return;
  Table table;
  for (const Value::Entry& entry : map->entries()) {
    table.add({visible(entry.key), visible(plain(entry.value))});
  }
  out.stream() << '\n' << out.bold(heading) << '\n';
  table.print(out, 2);
}

void print_relations(const Terminal& out, const Value& plugin) {
  const Value::List& relations = plugin.find_items("relations");
  if (relations.empty()) return;
  Table table;
  for (const Value& relation : relations) table.add({visible(relation.as_string())});
  out.stream() << '\n' << out.bold("besides") << '\n';
  table.print(out, 2);
}

/// The keys of an experiment, or one, with the options of plugins of that name.
void print_keys(const Terminal& out, const Value::List& keys) {
  Table table({"key", "default", "meaning"});
  for (const Value& key : keys) {
    Value named = key;
    const std::string of = shown(key, "of");
    named.set("name", shown(key, "path") + (of.empty() ? "" : " (" + of + ")"));
    add_parameters(out, Value(Value::List{named}), "", table);
  }
  table.print(out);
  if (keys.size() != 1 || keys.front().items("plugins").empty()) return;
  std::string names;
  for (const Value& name : keys.front().items("plugins")) {
    names += (names.empty() ? "" : ", ") + visible(name.as_string());
  }
  out.stream() << '\n';
  print_wrapped(out, "with the options of its type; 'leakprobe show' explains each: " + names);
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const Value plugin = workbench.show(options.name);
  const Terminal& out = session.out;
  if (options.json) {
    out.stream() << to_json(plugin) << '\n';
    return kDone;
  }
  if (const Value* keys = plugin.find("keys")) {
    print_keys(out, keys->as_list());
    return kDone;
  }
  out.stream() << out.bold(shown(plugin, "kind") + "/" + shown(plugin, "name")) << '\n';
  print_wrapped(out, shown(plugin, "doc"));
  if (plugin.find_boolean("default").value_or(false)) {
    out.stream() << "what experiments mean that name no " << shown(plugin, "kind") << '\n';
  }
  out.stream() << "from " << shown(plugin, "library") << '\n';
  Table table({"parameter", "default", "meaning"});
  if (const Value* parameters = plugin.find("parameters")) {
    add_parameters(out, *parameters, "", table);
  }
  if (table.empty()) {
    out.stream() << "\nno parameters\n";
  } else {
    out.stream() << '\n';
    table.print(out);
  }
  print_relations(out, plugin);
  print_map(out, "facts with these defaults", plugin.find("facts"));
  print_map(out, "shapes", plugin.find("shapes"));
  return kDone;
}

}  // namespace

Command show_command() {
  return make_command<Options>(
      "show", "Explain a plugin, or a key of an experiment: type, default, range and meaning",
      "  leakprobe show objective/dpo\n"
      "  leakprobe show password --json\n"
      "  leakprobe show phases.optimizer\n"
      "  leakprobe show keys\n",
      declare, run);
}

}  // namespace leakprobe::cli
