#include "commands.h"

namespace leakprobe::cli {
namespace {

struct Options {};

void declare(Arguments&, Options&) {}

ExitStatus run(const Session& session, const Options&) {
  session.out.stream() << "leakprobe " << host::version() << '\n';
  return kDone;
}

}  // namespace

Command version_command() {
  return make_command<Options>("version", "Print the program's version", "  leakprobe version\n",
                               declare, run);
}

}  // namespace leakprobe::cli
