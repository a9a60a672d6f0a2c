#include "commands.h"
#include "failures.h"
#include "kinds.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string kind;
  std::string name;
  std::string folder;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("KIND", options.kind,
                     "What it is: model, task, objective, freezing, phase, probe, optimizer, "
                     "schedule, sink or reward");
  arguments.required("NAME", options.name,
                     "The plugin's name as experiments write it, with its author's before a dot: "
                     "acme.npo");
  arguments.option("--dir", "DIR", options.folder, false,
                   "The folder that is made; by default the name, in the current folder");
  arguments.flag("--json", options.json, "Print what was written as JSON");
}

/// What to do next, line by line.
std::vector<std::string> commands_for(const host::NewProject& project) {
  const std::string folder = shell_word(project.folder);
  const std::string build = shell_word(project.folder / "build");
  return {"cmake -S " + folder + " -B " + build +
              " -Dleakprobe_DIR=" + shell_word(project.package) + " && cmake --build " + build,
          "ctest --test-dir " + build,
          "leakprobe run " + shell_word(project.folder / (project.stem + ".yaml"))};
}

Value to_value(const host::NewProject& project) {
  Value value = Value::map();
  value.set("folder", project.folder.string());
  Value files = Value::list();
  for (const std::string& file : project.files) files.push_back(file);
  value.set("files", std::move(files));
  Value commands = Value::list();
  for (const std::string& command : commands_for(project)) commands.push_back(command);
  value.set("commands", std::move(commands));
  return value;
}

ExitStatus run(const Session& session, const Options& options) {
  const Kind kind = kind_named(options.kind);
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const host::NewProject project = workbench.new_project(kind, options.name, options.folder);
  std::ostream& out = session.out.stream();
  if (options.json) {
    out << to_json(to_value(project)) << '\n';
    return kDone;
  }
  for (const std::string& file : project.files) {
    out << visible((project.folder / file).string()) << '\n';
  }
  out << '\n';
  for (const std::string& command : commands_for(project)) out << visible(command) << '\n';
  return kDone;
}

}  // namespace

Command new_command() {
  return make_command<Options>(
      "new", "Begin a plugin of one's own: a project that builds, tests itself and runs",
      "  leakprobe new objective acme.npo\n"
      "  leakprobe new task acme.codes --dir plugins/codes\n",
      declare, run);
}

}  // namespace leakprobe::cli
