#include "commands.h"
#include "failures.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.flag("--json", options.json, "Print it as JSON");
}

/// Facts as lines; a list takes one line an element.
void print_section(const Terminal& out, const std::string& name, const Value& section) {
  out.stream() << out.bold(name) << '\n';
  Table table;
  for (const Value::Entry& entry : section.entries()) {
    if (entry.key.starts_with("memory")) {
      table.add({entry.key, bytes(entry.value.as_number())});
    } else if (entry.value.is_list()) {
      std::string words;
      for (const Value& word : entry.value.as_list()) {
        words += (words.empty() ? "" : ", ") + plain(word);
      }
      table.add({entry.key, words.empty() ? "none" : visible(words)});
    } else {
      table.add({entry.key, visible(plain(entry.value))});
    }
  }
  table.print(out, 2);
}

void print_search(const Terminal& out, const Value& folders) {
  out.stream() << out.bold("plugin search path") << '\n';
  Table table;
  for (const Value& folder : folders.as_list()) {
    const std::string& who = folder.text("named_by");
    table.add({visible(folder.text("path")),
               (folder.boolean("exists") ? "" : "not there; ") +
                   (who.empty() ? std::string("beside the program") : "named by " + who)});
  }
  table.print(out, 2);
}

void print_libraries(const Terminal& out, const Value& libraries) {
  out.stream() << out.bold("plugin libraries") << '\n';
  Table table;
  for (const Value& library : libraries.as_list()) {
    const Value* failure = library.find("failure");
    const bool failed = failure != nullptr && !failure->is_null();
    table.add({failed ? out.red("failed") : out.green("ok"),
               failed ? "" : library.text("sha256").substr(0, 12), visible(library.text("path"))});
    if (failed) table.add({"", "", visible(failure->as_string())});
  }
  if (table.empty()) table.add({"none found"});
  table.print(out, 2);
}

/// Places by which others could change what is loaded; nothing where there are none.
void print_open_places(const Terminal& out, const Value& places) {
  if (places.as_list().empty()) return;
  out.stream() << out.bold("open to others") << '\n';
  Table table;
  for (const Value& place : places.as_list()) table.add({visible(place.as_string())});
  table.print(out, 2);
}

ExitStatus run(const Session& session, const Options& options) {
  host::Settings settings = session.settings;
  settings.warn = nullptr;  // the report says it
  const host::Workbench workbench(std::move(settings));
  const Terminal& out = session.out;
  const Value report = workbench.doctor();
  if (options.json) {
    out.stream() << to_json(report) << '\n';
  } else {
    for (const Value::Entry& section : report.entries()) {
      if (section.key == "libraries") {
        print_libraries(out, section.value);
      } else if (section.key == "open_to_others") {
        print_open_places(out, section.value);
      } else if (section.key == "plugin_search") {
        print_search(out, section.value);
      } else {
        print_section(out, section.key, section.value);
      }
    }
  }
  if (named_plugins_failed(workbench)) return kBadUsage;
  return workbench.plugin_failures().empty() ? kDone : kFailed;
}

}  // namespace

Command doctor_command() {
  return make_command<Options>(
      "doctor", "Show what leakprobe runs on, and every plugin library with what is wrong with it",
      "  leakprobe doctor\n"
      "  leakprobe doctor --plugin-path build/lib/mine.so\n",
      declare, run);
}

}  // namespace leakprobe::cli
