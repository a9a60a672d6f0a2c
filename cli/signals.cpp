#include "signals.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "asked_to_end.h"
#include "exit_status.h"
#include "leakprobe/host/workbench.h"

namespace leakprobe::cli {
namespace {

volatile std::sig_atomic_t heard = 0;

// From here on only what a signal handler may call: no streams, no allocation.

void say_what_follows(int signal, bool is_saved) {
  say_who_asks(signal);
  say(is_saved ? "saving the state after this step, then stopping"
               : "stopping before the first step");
  if (signal == SIGINT) say("; Ctrl-C again: stop at once");
  if (signal == SIGQUIT) say("; Ctrl-\\ again: stop at once");
  say("\n");
}

void handle(int signal, siginfo_t* info, void*) {
  const int saved = errno;
  // The write that met a limit on the size of files fails, and its error says so.
  if (signal == SIGXFSZ && info->si_pid == getpid()) return;
  const bool is_saved = host::request_stop();
  // Some come again and again, as at a limit on processor time.
  if (heard == 0) {
    heard = 1;
    say_what_follows(signal, is_saved);
  }
  errno = saved;
}

/// What reads bytes of a mapped file that are not there any more. Where it is something else, it
/// comes again and finds the default action.
void handle_lost_bytes(int, siginfo_t* info, void*) {
  const char* file = host::file_read_at(info->si_addr);
  if (file == nullptr) return;
  say("leakprobe: error: ");
  for (; *file != '\0'; ++file) {
    const char shown[] = {static_cast<unsigned char>(*file) < 0x20 || *file == 0x7F ? '?' : *file,
                          '\0'};
    say(shown);
  }
  say(": became shorter while it was read; put the whole file there and start again\n");
  _exit(kFailed);
}

void listen_to(int signal) {
  struct sigaction action {};
  action.sa_sigaction = handle;
  sigemptyset(&action.sa_mask);
  // SA_RESETHAND: the second Ctrl-C finds the default action, which ends the program. A scheduler
  // may send its signal to a batch script and to what that has started, so that it comes twice.
  action.sa_flags = SA_SIGINFO | SA_RESTART | (is_typed(signal) ? SA_RESETHAND : 0);
  sigaction(signal, &action, nullptr);
}

void ignore(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void stop_gently_on_signals() {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    // SIGXFSZ is ignored by this program itself.
    if (asks_to_end(signal) && (signal == SIGXFSZ || !is_ignored(signal))) listen_to(signal);
  }
  ignore(SIGPIPE);
}

void end_on_signals() {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (asks_to_end(signal) && !is_ignored(signal)) std::signal(signal, SIG_DFL);
  }
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
