#include "conformance/apart.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "format/files.h"
#include "format/json_to_value.h"
#include "leakprobe/error.h"

#ifdef LEAKPROBE_COVERAGE
// Counters are written where a process exits, which a copy of it does not.
extern "C" void __gcov_dump();
#endif

namespace leakprobe {
namespace {

constexpr const char* kName = "the process in which plugins are asked";

/// Ends the copy without what the original does at its end.
[[noreturn]] void work_apart(
    const std::function<void(const std::function<void(const Value&)>&)>& work,
    const FileDescriptor& out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A plugin that breaks is no news of this program's.
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  int status = 0;
  try {
    work([&](const Value& value) { write_all(out, kName, to_json(value) + '\n'); });
  } catch (...) {
    status = 1;
  }
#ifdef LEAKPROBE_COVERAGE
  __gcov_dump();
#endif
  ::_exit(status);
}

std::string ending(int status) {
  if (WIFEXITED(status)) return "with status " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  return "by signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
}

}  // namespace

std::string run_apart(
    const std::function<void(const std::function<void(const Value&)>& tell)>& work,
    const std::function<void(const Value&)>& told) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_with_errno(kName, "cannot be started", errno);
  const FileDescriptor in(ends[0]);
  FileDescriptor out(ends[1]);
  // What waits to be written would be written twice.
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) fail_with_errno(kName, "cannot be started", errno);
  if (pid == 0) work_apart(work, out);
  out.close();

  std::string text;
  std::array<char, 4096> buffer{};
  while (const size_t size = read_some(in, kName, buffer.data(), buffer.size())) {
    text.append(buffer.data(), size);
    for (size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      told(value_of_json(text.substr(0, end), kName));
    }
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return ending(status);
}

bool has_one_thread() {
  std::error_code failed;
  const std::filesystem::directory_iterator tasks("/proc/self/task", failed);
  return !failed && std::distance(begin(tasks), end(tasks)) == 1;
}

}  // namespace leakprobe
