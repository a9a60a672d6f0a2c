#include <algorithm>

#include "commands.h"
#include "failures.h"
#include "kinds.h"
#include "table.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string kind;
  bool json = false;
};

void declare(Arguments& arguments, Options& options) {
  arguments.optional("KIND", options.kind, "Only this kind, such as objective");
  arguments.flag("--json", options.json, "Print them as JSON");
}

ExitStatus run(const Session& session, const Options& options) {
  std::optional<Kind> kind;
  if (!options.kind.empty()) kind = kind_named(options.kind);
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench, true);
  const Value plugins = workbench.list(kind);
  const ExitStatus status = named_plugins_failed(workbench) ? kBadUsage : kDone;
  if (options.json) {
    session.out.stream() << to_json(plugins) << '\n';
    return status;
  }
  Table table({"kind", "name", "what it is"});
  for (const Value& plugin : plugins.as_list()) {
    table.add({visible(plugin.text("kind")), session.out.bold(visible(plugin.text("name"))),
               visible(plugin.text("doc"))});
  }
  if (table.empty()) {
    session.err.stream() << "no plugins found; 'leakprobe doctor' shows where they are searched\n";
  } else {
    table.print(session.out);
  }
  return status;
}

}  // namespace

Command list_command() {
  return make_command<Options>("list", "List the plugins",
                               "  leakprobe list\n"
                               "  leakprobe list objective\n",
                               declare, run);
}

}  // namespace leakprobe::cli
