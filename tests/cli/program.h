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

/// A running leakprobe program. Its output goes to files, so that it never waits for a reader.
class Program {
 public:
  /// `out` replaces the file for standard output.
  explicit Program(const std::vector<std::string>& arguments, const std::string& input = "",
                   const std::string& out = "");
  void send(int signal) const;
  bool ended();
  Ended wait();

 private:
  TemporaryFolder folder_;
  std::string out_;
  int pid_ = -1;
  int wait_status_ = 0;
};

Ended leakprobe(const std::vector<std::string>& arguments, const std::string& input = "");

std::string source_path(const std::string& relative);
std::string fixture_path(const std::string& relative);
std::string read_text(const std::filesystem::path& path);
/// The standard output of a run as JSON; a test failure where it is none.
Value json_of(const Ended& ended);

}  // namespace leakprobe::cli
