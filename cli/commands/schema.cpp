#include "commands.h"
#include "failures.h"

namespace leakprobe::cli {
namespace {

struct Options {};

void declare(Arguments&, Options&) {}

ExitStatus run(const Session& session, const Options&) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  session.out.stream() << to_pretty_json(workbench.schema()) << '\n';
  return kDone;
}

}  // namespace

Command schema_command() {
  return make_command<Options>("schema", "Print the JSON Schema of experiment files, for editors",
                               "  leakprobe schema > leakprobe.schema.json\n"
                               "  then, as the first line of an experiment:\n"
                               "  # yaml-language-server: $schema=leakprobe.schema.json\n",
                               declare, run);
}

}  // namespace leakprobe::cli
