#include "program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "leakprobe/host/workbench.h"

extern char** environ;

namespace leakprobe::cli {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "leakprobe-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  std::ofstream(path_ / name, std::ios::binary) << content;
  return (path_ / name).string();
}

namespace {

int start(const std::vector<std::string>& arguments, const std::string& in_file,
          const std::string& out_file, const std::string& err_file) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in_file.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_file.c_str(), kWrite, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_file.c_str(), kWrite, 0600);
  std::vector<std::string> words = {LEAKPROBE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, LEAKPROBE_PROGRAM, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("could not start " LEAKPROBE_PROGRAM);
  return pid;
}

int wait_for(int pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Ended leakprobe(const std::vector<std::string>& arguments, const std::string& input,
                const std::string& out) {
  const TemporaryFolder folder;
  const std::string in_file = folder.write("in", input);
  const std::string out_file = out.empty() ? (folder.path() / "out").string() : out;
  const std::string err_file = (folder.path() / "err").string();
  const int status = wait_for(start(arguments, in_file, out_file, err_file));
  return {status, out.empty() ? read_text(out_file) : "", read_text(err_file)};
}

Running::Running(const std::vector<std::string>& arguments)
    : pid_(start(arguments, "/dev/null", "/dev/null", "/dev/null")) {}

Running::~Running() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  wait();
}

void Running::signal(int number) const { kill(pid_, number); }

void Running::kill_with_children() const {
  const std::string id = std::to_string(pid_);
  std::istringstream children(read_text("/proc/" + id + "/task/" + id + "/children"));
  kill(pid_, SIGKILL);
  for (int child = 0; children >> child;) kill(child, SIGKILL);
}

int Running::wait() { return wait_for(std::exchange(pid_, -1)); }

std::string source_path(const std::string& relative) {
  return std::string(LEAKPROBE_SOURCE_FOLDER) + "/" + relative;
}

std::string fixture_path(const std::string& relative) {
  return std::string(LEAKPROBE_TEST_FIXTURES) + "/" + relative;
}

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

Value json_of(const Ended& ended) {
  try {
    return host::parse_json(ended.out, "standard output");
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what() << "\n" << ended.out << ended.err;
    return Value();
  }
}

}  // namespace leakprobe::cli
