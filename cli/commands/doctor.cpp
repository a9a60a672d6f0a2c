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
  if (section.is_map()) {
    for (const Value::Entry& entry : section.entries()) {
      if (!entry.value.is_list()) {
        table.add({entry.key, visible(plain(entry.value))});
        continue;
      }
      std::string key = entry.key;
      for (const Value& element : entry.value.as_list()) {
        table.add({key, visible(plain(element))});
        key.clear();
      }
      if (entry.value.as_list().empty()) table.add({key, "none"});
    }
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
               failed ? "" : library.find("sha256")->as_string().substr(0, 12),
               visible(library.find("path")->as_string())});
    if (failed) table.add({"", "", visible(failure->as_string())});
  }
  if (table.empty()) table.add({"none found"});
  table.print(out, 2);
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  const Terminal& out = session.out;
  const Value report = workbench.doctor();
  if (options.json) {
    out.stream() << to_json(report) << '\n';
  } else {
    for (const Value::Entry& section : report.entries()) {
      if (section.key == "libraries") {
        print_libraries(out, section.value);
      } else {
        print_section(out, section.key, section.value);
      }
    }
  }
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
