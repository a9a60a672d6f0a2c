#include "sweep/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "format/files.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

/// What a shell says where a program cannot be run.
constexpr int kCannotRun = 127;

FileDescriptor open_nothing() {
  FileDescriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail_with_errno("/dev/null", "cannot be opened", errno);
  return file;
}

FileDescriptor open_emptied(const std::filesystem::path& log) {
  FileDescriptor file = open_for_appending(log);
  if (::ftruncate(file.get(), 0) != 0) fail_with_errno(log, "cannot be emptied", errno);
  return file;
}

/// Between fork and exec only calls that are safe in a signal handler: other threads of the parent
/// may have held any lock.
[[noreturn]] void become(char* const* argv, int input, int log, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotRun);  // it ended before the line above
  // What this program ignores, a child would ignore, too; what it handles is reset by exec. By
  // SIGTERM this program asks the child to stop, whether or not it hears that itself.
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGTERM}) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool connected = ::dup2(input, STDIN_FILENO) >= 0 && ::dup2(log, STDOUT_FILENO) >= 0 &&
                         ::dup2(log, STDERR_FILENO) >= 0;
  if (connected) ::execv(argv[0], argv);
  ::_exit(kCannotRun);
}

}  // namespace

ChildProcess::ChildProcess(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments,
                           const std::filesystem::path& log) {
  const FileDescriptor input = open_nothing();
  const FileDescriptor output = open_emptied(log);
  std::vector<std::string> words = {program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  // What is sent to the child before it is itself would be heard by this program's handlers there,
  // and lost.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_ = ::fork();
  const int error = errno;
  if (pid_ == 0) become(argv.data(), input.get(), output.get(), parent);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid_ < 0) fail_with_errno(program, "cannot be started", error);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> ChildProcess::poll() {
  LEAKPROBE_CHECK(pid_ >= 0, "a child that has ended was asked again");
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  LEAKPROBE_CHECK(ended == pid_, "a child process was lost");
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ChildProcess::stop() const {
  if (pid_ >= 0) ::kill(pid_, SIGTERM);
}

}  // namespace leakprobe
