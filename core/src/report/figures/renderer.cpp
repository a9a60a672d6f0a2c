#include "report/figures/renderer.h"

// Without it Boost.Process links Boost.Filesystem.
#define BOOST_PROCESS_USE_STD_FS
#include <sys/wait.h>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/group.hpp>
#include <boost/process/io.hpp>
#include <cstdio>
#include <memory>
#include <system_error>
#include <thread>

namespace leakprobe {
namespace {

namespace process = boost::process;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(20);

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

/// A pipe that nobody reads would hold up whoever has much to say.
File file_for_errors() {
  if (std::FILE* file = std::tmpfile()) return File(file);
  return File(std::fopen("/dev/null", "r+"));
}

std::string last_line(std::FILE* file) {
  std::rewind(file);
  std::string line, last;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    if (!line.empty()) last = line;
    line.clear();
  }
  return line.empty() ? last : line;
}

}  // namespace

std::string run_renderer(const std::filesystem::path& program,
                         const std::vector<std::string>& arguments,
                         std::chrono::milliseconds limit) {
  const File errors = file_for_errors();
  if (!errors) return "there is no place for its messages";
  const Clock::time_point end = Clock::now() + limit;
  std::error_code failure;
  process::group group;  // what it starts itself is ended with it
  process::child child(program.string(), process::args(arguments),
                       process::std_in<process::null, process::std_out> process::null,
                       process::std_err > errors.get(), group, failure);
  if (failure) return "it cannot be started: " + failure.message();
  while (child.running(failure) && !failure) {
    if (Clock::now() > end) {
      group.terminate(failure);
      child.wait(failure);
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
      return "it took longer than " + std::to_string(seconds) + " s and was ended";
    }
    std::this_thread::sleep_for(kLook);
  }
  if (failure) return "it was lost: " + failure.message();
  const int status = child.native_exit_code();
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status)) + " ended it";
  if (WEXITSTATUS(status) == 0) return "";
  const std::string said = last_line(errors.get());
  return said.empty() ? "it ended with status " + std::to_string(WEXITSTATUS(status)) : said;
}

}  // namespace leakprobe
