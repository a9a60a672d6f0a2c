#include "signals.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "command.h"
#include "leakprobe/host/workbench.h"

namespace leakprobe::cli {
namespace {

/// All that ends a program unless it listens and by which somebody or something asks it to end: a
/// closed terminal, a scheduler before its time limit (Slurm's --signal may be any of them), a
/// limit on processor time or on the size of files, a failing power supply, a timer.
constexpr std::array kPolite = {SIGTERM, SIGHUP,  SIGUSR1, SIGUSR2,   SIGXCPU, SIGXFSZ,
                                SIGPWR,  SIGALRM, SIGPROF, SIGVTALRM, SIGPOLL};
/// What a person at a terminal types: a second time it ends the program at once.
constexpr std::array kTyped = {SIGINT, SIGQUIT};

volatile std::sig_atomic_t heard = 0;

// Only what a signal handler may call: no streams, no allocation.
void handle(int) {
  const int saved = errno;
  host::request_stop();
  // Some come again and again, as at a limit on processor time.
  if (heard == 0) {
    heard = 1;
    constexpr char kMessage[] =
        "\nleakprobe: saving the state after this step, then stopping; Ctrl-C again: stop at "
        "once\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  }
  errno = saved;
}

void say(const char* text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

/// What reads bytes of a mapped file that are not there any more. Where it is something else, it
/// comes again and finds the default action.
void handle_lost_bytes(int, siginfo_t* info, void*) {
  const char* file = host::file_read_at(info->si_addr);
  if (file == nullptr) return;
  say("leakprobe: error: ");
  say(file);
  say(": became shorter while it was read; put the whole file there and start again\n");
  _exit(kFailed);
}

void listen_to(int signal, int flags) {
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | flags;
  sigaction(signal, &action, nullptr);
}

void ignore(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(signal, &action, nullptr);
}

/// Whoever started the program decided that it should not hear it, as nohup and a shell's
/// background jobs do.
bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void stop_gently_on_signals() {
  // A scheduler may send it to a batch script and to what that has started, so that it comes twice.
  for (const int signal : kPolite) {
    // SIGXFSZ is ignored by this program itself.
    if (signal == SIGXFSZ || !is_ignored(signal)) listen_to(signal, 0);
  }
  // SA_RESETHAND: the second Ctrl-C finds the default action, which ends the program.
  for (const int signal : kTyped) {
    if (!is_ignored(signal)) listen_to(signal, SA_RESETHAND);
  }
  // Nobody sends these but to ask for something, and all that is asked of a run is to end.
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) {
    if (!is_ignored(signal)) listen_to(signal, 0);
  }
  // Nobody reads what is printed any more: no reason to lose the run.
  ignore(SIGPIPE);
}

void hear_of_file_limits_by_errors() { ignore(SIGXFSZ); }

void name_shortened_files() {
  struct sigaction action {};
  action.sa_sigaction = handle_lost_bytes;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_RESETHAND;
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace leakprobe::cli
