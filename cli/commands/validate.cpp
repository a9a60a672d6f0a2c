#include <filesystem>

#include "commands.h"
#include "failures.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.rest("FILE [key=value]", options.arguments, true,
                 "Experiments, YAML files (- is standard input), and values to change in all of "
                 "them, such as task.length=8");
  arguments.flag("--json", options.json, "Print the diagnostics as JSON on standard output");
}

/// An argument that could be both is a file where there is one of that name.
bool is_override(const std::string& argument) {
  std::error_code ignored;
  return argument.find('=') != std::string::npos && !std::filesystem::exists(argument, ignored);
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  std::vector<std::string> names;
  std::vector<std::string> overrides;
  for (const std::string& argument : options.arguments) {
    (is_override(argument) ? overrides : names).push_back(argument);
  }
  if (names.empty()) throw host::UsageError("no file given; see 'leakprobe validate --help'");
  bool all_valid = true;
  Value files = Value::list();
  for (const std::string& file : names) {
    const std::vector<Diagnostic> diagnostics = workbench.validate({file, overrides});
    const bool valid = !has_errors(diagnostics);
    all_valid = all_valid && valid;
    if (options.json) {
      Value entry = Value::map();
      entry.set("file", file);
      entry.set("valid", valid);
      entry.set("diagnostics", diagnostics_value(diagnostics));
      files.push_back(std::move(entry));
    } else {
      print_diagnostics(session.err, diagnostics);
      if (valid)
        session.out.stream() << visible(file) << ": " << session.out.green("valid") << std::endl;
    }
  }
  if (options.json) session.out.stream() << to_json(files) << '\n';
  return all_valid ? kDone : kBadUsage;
}

}  // namespace

Command validate_command() {
  return make_command<Options>("validate", "Check experiments and report every mistake in them",
                               "  leakprobe validate examples/password/quick.yaml\n"
                               "  leakprobe validate mine.yaml optimizer.lr=3e-4\n"
                               "  leakprobe validate examples/password/*.yaml --json\n",
                               declare, run);
}

}  // namespace leakprobe::cli
