#include "signals.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "command.h"
#include "leakprobe/host/workbench.h"

namespace leakprobe::cli {
namespace {

/// Whether by it somebody or something may ask a program to end: a closed terminal, a scheduler
/// before its time limit (Slurm's --signal may be any), a limit on processor time, a failing power
/// supply, a timer. Those are all that end a program unless it listens, but for what cannot be
/// heard and what a fault of the program raises.
bool asks_to_end(int signal) {
  switch (signal) {
    case SIGKILL:
    case SIGSTOP:  // neither can be heard
      return false;
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSEGV:
    case SIGSYS:
    case SIGTRAP:  // faults
      return false;
    case SIGCHLD:
    case SIGCONT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGURG:
    case SIGWINCH:  // they end nothing
      return false;
    case SIGPIPE:  // nobody reads what is printed any more: no reason to lose the run
      return false;
    default:
      return true;
  }
}

/// What a person at a terminal types: a second time it ends the program at once.
bool is_typed(int signal) { return signal == SIGINT || signal == SIGQUIT; }

volatile std::sig_atomic_t heard = 0;

// From here on only what a signal handler may call: no streams, no allocation.
void say(const char* text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

void say_what_follows(int signal) {
  say("\nleakprobe: ");
  if (signal == SIGXCPU) {
    say("the limit on processor time (ulimit -t) is reached: ");
  } else if (!is_typed(signal)) {
    const char* name = sigabbrev_np(signal);  // those for real-time use have none
    say("asked to end by ");
    say(name != nullptr ? "SIG" : "a signal");
    say(name != nullptr ? name : "");
    say(": ");
  }
  say("saving the state after this step, then stopping");
  if (signal == SIGINT) say("; Ctrl-C again: stop at once");
  if (signal == SIGQUIT) say("; Ctrl-\\ again: stop at once");
  say("\n");
}

void handle(int signal, siginfo_t* info, void*) {
  const int saved = errno;
  // The write that met a limit on the size of files fails, and its error says so.
  if (signal == SIGXFSZ && info->si_pid == getpid()) return;
  host::request_stop();
  // Some come again and again, as at a limit on processor time.
  if (heard == 0) {
    heard = 1;
    say_what_follows(signal);
  }
  errno = saved;
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

/// Whoever started the program decided that it should not hear it, as nohup and a shell's
/// background jobs do.
bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void stop_gently_on_signals() {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    // SIGXFSZ is ignored by this program itself.
    if (asks_to_end(signal) && (signal == SIGXFSZ || !is_ignored(signal))) listen_to(signal);
  }
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
