#include "commands.h"
#include "failures.h"
#include "reference_pages.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string page;
};

void declare(Arguments& arguments, Options& options) {
  arguments.optional("PAGE", options.page,
                     "experiment, for all keys and forms of experiment files, or a kind of plugin, "
                     "such as objective; none: the list of pages");
}

ExitStatus run(const Session& session, const Options& options) {
  const host::Workbench workbench(session.settings);
  print_plugin_failures(session.err, workbench);
  session.out.stream() << reference_page(workbench, options.page);
  return kDone;
}

}  // namespace

Command reference_command() {
  return make_command<Options>("reference",
                               "Print a page of the reference of experiment files, as Markdown",
                               "  leakprobe reference experiment\n"
                               "  leakprobe reference objective\n"
                               "  leakprobe reference probe --plugin-path DIR > probe.md\n",
                               declare, run);
}

}  // namespace leakprobe::cli
