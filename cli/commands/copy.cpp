#include "commands.h"
#include "failures.h"
#include "leakprobe/host/examples.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string name;
  std::string folder;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("EXAMPLE", options.name, "Its name, as 'leakprobe examples' lists it");
  arguments.required("DIR", options.folder, "The folder for its files, made where there is none");
  arguments.flag("--json", options.json, "Print what lies there as JSON");
}

std::string command_for(const host::CopiedExample& copied) {
  return std::string("leakprobe ") + (copied.is_sweep ? "sweep " : "run ") +
         shell_word(copied.file);
}

Value to_value(const host::CopiedExample& copied) {
  Value value = Value::map();
  value.set("file", copied.file.string());
  Value files = Value::list();
  for (const std::filesystem::path& file : copied.files) files.push_back(file.string());
  value.set("files", std::move(files));
  value.set("needs", copied.example.needs);
  value.set("command", command_for(copied));
  return value;
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  const host::CopiedExample copied =
      host::copy_example(options.name, options.folder, workbench.schema());
  std::ostream& out = session.out.stream();
  if (options.json) {
    out << to_json(to_value(copied)) << '\n';
    return kDone;
  }
  for (const std::filesystem::path& file : copied.files) out << visible(file.string()) << '\n';
  out << '\n';
  if (!copied.example.needs.empty()) out << "needs: " << visible(copied.example.needs) << "\n\n";
  out << visible(command_for(copied)) << '\n';
  return kDone;
}

}  // namespace

Command copy_command() {
  return make_command<Options>(
      "copy", "Put an example with all its parts into a folder of one's own, ready to run",
      "  leakprobe copy quick my_first\n"
      "  leakprobe copy rlhf_quick experiments/rlhf\n"
      "  Nothing is overwritten; 'leakprobe examples' lists what there is.\n",
      declare, run);
}

}  // namespace leakprobe::cli
