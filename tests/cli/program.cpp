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
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << content;
  return (path_ / name).string();
}

namespace {

/// What a new program does before it starts.
class SpawnActions {
 public:
  SpawnActions() { posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void open(int stream, const std::string& file, int flags) {
    posix_spawn_file_actions_addopen(&actions_, stream, file.c_str(), flags, 0600);
  }
  void close(int stream) { posix_spawn_file_actions_addclose(&actions_, stream); }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

int spawn(const std::vector<std::string>& arguments, const SpawnActions& actions,
          const std::vector<int>& ignored) {
  std::vector<std::string> words = {LEAKPROBE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // Tests that a shell runs in the background are themselves started not to hear SIGINT.
  sigset_t heard;
  sigfillset(&heard);
  std::vector<std::pair<int, void (*)(int)>> before;
  for (const int number : ignored) {
    sigdelset(&heard, number);
    before.emplace_back(number, std::signal(number, SIG_IGN));
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigdefault(&attributes, &heard);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, LEAKPROBE_PROGRAM, actions.get(), &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  for (const auto& [number, handler] : before) std::signal(number, handler);
  if (error != 0) throw std::runtime_error("could not start " LEAKPROBE_PROGRAM);
  return pid;
}

int start(const std::vector<std::string>& arguments, const std::string& in_file,
          const std::string& out_file, const std::string& err_file,
          const std::vector<int>& ignored = {}) {
  SpawnActions actions;
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
  actions.open(STDIN_FILENO, in_file, O_RDONLY);
  actions.open(STDOUT_FILENO, out_file, kWrite);
  actions.open(STDERR_FILENO, err_file, kWrite);
  return spawn(arguments, actions, ignored);
}

int wait_for(int pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<int> children_of(int pid) {
  const std::string id = std::to_string(pid);
  std::istringstream list(read_text("/proc/" + id + "/task/" + id + "/children"));
  std::vector<int> children;
  for (int child = 0; list >> child;) children.push_back(child);
  return children;
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

int leakprobe_without_streams(const std::vector<std::string>& arguments) {
  SpawnActions actions;
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) actions.close(stream);
  return wait_for(spawn(arguments, actions, {}));
}

Running::Running(const std::vector<std::string>& arguments, const std::vector<int>& ignored,
                 const std::string& err, const std::string& out)
    : pid_(start(arguments, "/dev/null", out, err, ignored)) {}

Running::~Running() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  wait();
}

void Running::signal(int number) const { kill(pid_, number); }

int Running::signal_children(int number) const {
  int heard = 0;
  for (const int child : children_of(pid_)) heard += kill(child, number) == 0 ? 1 : 0;
  return heard;
}

bool Running::hears(int number) const {
  const std::string key = "\nSigCgt:";
  const std::string status = read_text("/proc/" + std::to_string(pid_) + "/status");
  const size_t at = status.find(key);
  if (at == std::string::npos) return false;
  const uint64_t caught = std::stoull(status.substr(at + key.size()), nullptr, 16);
  return (caught >> (number - 1) & 1) != 0;
}

void Running::kill_with_children() const {
  const std::vector<int> children = children_of(pid_);
  kill(pid_, SIGKILL);
  for (const int child : children) kill(child, SIGKILL);
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
