#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe::cli {

/// A folder of its own for one test, deleted with it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file in it and gives its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

/// What one run of the program did.
struct Ended {
  int status = -1;  ///< exit status; 128 + the signal where one ended it
  std::string out;
  std::string err;
};

/// Runs the program to its end. Its output goes to files, so that it never waits for a reader;
/// `out` names another file for standard output.
Ended leakprobe(const std::vector<std::string>& arguments, const std::string& input = "",
                const std::string& out = "");

/// The same without standard input, output and error: its exit status.
int leakprobe_without_streams(const std::vector<std::string>& arguments);

/// The program running in the background, its output thrown away.
class Running {
 public:
  /// Started with `ignored` signals that it should not hear, and every other as by default.
  /// `err` and `out` name files for standard error and output.
  explicit Running(const std::vector<std::string>& arguments, const std::vector<int>& ignored = {},
                   const std::string& err = "/dev/null", const std::string& out = "/dev/null");
  /// Ends it.
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void signal(int number) const;
  /// Sends it to every process that this one started, and to nobody else; gives how many heard it.
  int signal_children(int number) const;
  /// Whether it has a handler for a signal.
  bool hears(int number) const;
  /// Ends it and every process that it started, at once and without asking (SIGKILL).
  void kill_with_children() const;
  /// Waits for its end: as Ended::status.
  int wait();

 private:
  int pid_;
};

std::string source_path(const std::string& relative);
std::string fixture_path(const std::string& relative);
std::string read_text(const std::filesystem::path& path);
/// The standard output of a run as JSON; a test failure where it is none.
Value json_of(const Ended& ended);

}  // namespace leakprobe::cli
