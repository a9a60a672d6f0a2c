#include "signals.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "leakprobe/host/workbench.h"

namespace leakprobe::cli {
namespace {

// Only what a signal handler may call: no streams, no allocation.
void handle(int) {
  const int saved = errno;
  host::request_stop();
  constexpr char kMessage[] =
      "\nleakprobe: saving the state after this step, then stopping; Ctrl-C again: stop at once\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  errno = saved;
}

}  // namespace

void stop_gently_on_signals() {
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  // A scheduler may send it to a batch script and to what that has started, so that it comes twice.
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  // SA_RESETHAND: the second Ctrl-C finds the default action, which ends the program.
  action.sa_flags |= SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace leakprobe::cli
