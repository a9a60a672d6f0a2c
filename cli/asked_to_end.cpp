#include "asked_to_end.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include "exit_status.h"

namespace leakprobe::cli {
namespace {

void end_unbegun(int signal) {
  say_who_asks(signal);
  say("nothing was begun; start it again\n");
  ::_exit(kInterrupted);
}

}  // namespace

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

bool is_typed(int signal) { return signal == SIGINT || signal == SIGQUIT; }

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void say(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void say_who_asks(int signal) {
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
}

void end_unbegun_on_signals() {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (!asks_to_end(signal) || is_ignored(signal)) continue;
    struct sigaction action {};
    action.sa_handler = end_unbegun;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace leakprobe::cli
