#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace leakprobe {

/// A process that was started here. It is in a process group of its own, so that Ctrl-C reaches
/// this program alone, and is asked to stop (SIGTERM) when this program ends, however it ends.
class ChildProcess {
 public:
  /// Starts `program` with its output and errors in `log`, which is replaced, and without input.
  /// Must be called by a thread that lives as long as the program. Throws Error.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
               const std::filesystem::path& log);
  /// Ends a child that still runs (SIGKILL).
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Its exit status once it has ended; 128 + the number of the signal that ended it.
  std::optional<int> poll();
  /// Asks it to stop (SIGTERM).
  void stop() const;

 private:
  pid_t pid_ = -1;
};

}  // namespace leakprobe
