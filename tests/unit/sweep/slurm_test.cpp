#include "sweep/slurm.h"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "format/support.h"

extern char** environ;

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// A batch script whose run notes that it was asked to end.
class BatchScript : public testing::Test {
 protected:
  BatchScript() {
    const fs::path run = folder_.write("run.sh",
                                       "#!/bin/bash\n"
                                       "trap 'echo asked >>\"$0.asked\"; exit 3' TERM\n"
                                       "touch \"$0.started\"\n"
                                       "while :; do sleep 0.05; done\n");
    fs::permissions(run, fs::perms::owner_all);
    SweepPlan plan;
    plan.name = "test";
    plan.folder = folder_.path();
    plan.shared = folder_.path() / "shared";
    plan.threads = 1;
    plan.runs.resize(1);
    plan.runs[0].name = "a-s0";
    plan.runs[0].directory = folder_.path() / "a-s0";
    script_ = folder_.write("array-0.sh", batch_script(plan, {{}, run}, {0}));
  }

  bool is_there(const char* ending) const {
    return fs::exists(folder_.path() / (std::string("run.sh") + ending));
  }

  /// The status of the script, to which `signal` is sent while its run runs.
  int status_after(int signal) {
    for (const char* ending : {".started", ".asked"}) {
      fs::remove(folder_.path() / (std::string("run.sh") + ending));
    }
    std::string bash = "bash", script = script_.string();
    char* const arguments[] = {bash.data(), script.data(), nullptr};
    ::setenv("SLURM_ARRAY_TASK_ID", "0", 1);
    pid_t process = -1;
    EXPECT_EQ(::posix_spawnp(&process, "bash", nullptr, nullptr, arguments, environ), 0);
    ::unsetenv("SLURM_ARRAY_TASK_ID");
    for (int tries = 0; tries < 1000 && !is_there(".started"); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    // The script sets its traps as soon as it has started the run.
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ::kill(process, signal);
    int status = 0;
    EXPECT_EQ(::waitpid(process, &status, 0), process);
    return status;
  }

  const TestFolder folder_;
  fs::path script_;
};

TEST_F(BatchScript, AsksItsRunToEndWhateverSignalComes) {
  for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ,
                           SIGPWR, SIGALRM, SIGPROF, SIGVTALRM, SIGPOLL, SIGRTMIN, SIGRTMAX}) {
    const int status = status_after(signal);
    EXPECT_TRUE(WIFEXITED(status)) << "the script died of signal " << signal;
    EXPECT_EQ(WEXITSTATUS(status), 0) << signal;
    EXPECT_TRUE(is_there(".asked")) << signal;
  }
}

}  // namespace
}  // namespace leakprobe
