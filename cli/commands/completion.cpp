#include "completion.h"

#include "commands.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string shell;
};

void declare(Arguments& arguments, Options& options) {
  arguments.required("SHELL", options.shell, "bash, zsh or fish");
}

ExitStatus run(const Session& session, const Options& options) {
  session.out.stream() << completion_script(options.shell);
  return kDone;
}

}  // namespace

Command completion_command() {
  return make_command<Options>(
      "completion", "Print what makes a shell complete commands, options, plugins and keys",
      "  source <(leakprobe completion bash)        in ~/.bashrc\n"
      "  source <(leakprobe completion zsh)         in ~/.zshrc, behind compinit\n"
      "  leakprobe completion fish | source         in ~/.config/fish/config.fish\n",
      declare, run);
}

}  // namespace leakprobe::cli
