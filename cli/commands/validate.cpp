#include "commands.h"
#include "failures.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.rest("FILE", options.files, true, "Experiments, YAML files");
  arguments.flag("--json", options.json, "Print the diagnostics as JSON on standard output");
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  bool all_valid = true;
  Value files = Value::list();
  for (const std::string& file : options.files) {
    const std::vector<Diagnostic> diagnostics = workbench.validate({file, {}});
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
      if (valid) session.out.stream() << file << ": " << session.out.green("valid") << std::endl;
    }
  }
  if (options.json) session.out.stream() << to_json(files) << '\n';
  return all_valid ? kDone : kBadUsage;
}

}  // namespace

Command validate_command() {
  return make_command<Options>("validate", "Check experiments and report every mistake in them",
                               "  leakprobe validate examples/password/quick.yaml\n"
                               "  leakprobe validate examples/password/*.yaml --json\n",
                               declare, run);
}

}  // namespace leakprobe::cli
