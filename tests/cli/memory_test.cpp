// A limit on memory, from what holds the program alone up to what holds a run: wherever memory ends
// (libraries that are loaded, what runs as they are, plugins, threads, tensors), so does the
// program, in one sentence.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "program.h"

namespace leakprobe::cli {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

const std::string kTiny = source_path("examples/tiny.yaml");

class Memory : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "AddressSanitizer reserves terabytes";
#endif
  }

  /// Runs a command under `ulimit -v`, in kilobytes.
  Ended limited(int kilobytes, const std::string& command) const {
    const std::string err = (folder_.path() / "err").string();
    const std::string line = "ulimit -v " + std::to_string(kilobytes) +
                             "; exec '" LEAKPROBE_PROGRAM "' " + command + " > /dev/null 2> '" +
                             err + "'";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "", read_text(err)};
  }

  /// Ended well, or in an orderly sentence about memory.
  void expect_sentence(int kilobytes, const std::string& command) const {
    const Ended ended = limited(kilobytes, command);
    SCOPED_TRACE(command + " with " + std::to_string(kilobytes) + " kB");
    if (ended.status == 0) return;
    EXPECT_THAT(ended.status, AnyOf(1, 2)) << ended.err;
    EXPECT_THAT(ended.err, AllOf(HasSubstr("error: "), Not(HasSubstr("terminate called")),
                                 Not(HasSubstr("dnnl::"))));
    EXPECT_THAT(ended.err, AnyOf(HasSubstr("ulimit -v"), HasSubstr("not enough memory")));
  }

  TemporaryFolder folder_;
};

TEST_F(Memory, ThatDoesNotHoldLibTorchIsSaid) {
  for (const int kilobytes : {60'000, 250'000, 400'000}) {
    for (const std::string& command : {"validate '" + kTiny + "'", std::string("list")}) {
      const Ended ended = limited(kilobytes, command);
      EXPECT_EQ(ended.status, 1) << kilobytes;
      EXPECT_EQ(ended.err,
                "leakprobe: error: out of memory; use a smaller batch or model, end other "
                "programs, or raise the limit on memory (ulimit -v)\n")
          << kilobytes;
    }
  }
}

TEST_F(Memory, ThatHoldsAPartOfThePluginsBlamesNoExperiment) {
  for (int kilobytes = 440'000; kilobytes <= 480'000; kilobytes += 8'000) {
    expect_sentence(kilobytes, "validate '" + kTiny + "'");
  }
}

TEST_F(Memory, ThatDoesNotHoldARunIsSaid) {
  const std::string run = "run '" + kTiny + "' threads=2 --quiet --fresh --out '" +
                          (folder_.path() / "run").string() + "'";
  for (int kilobytes = 460'000; kilobytes <= 540'000; kilobytes += 20'000) {
    expect_sentence(kilobytes, run);
  }
}

TEST_F(Memory, OfACheckedSweepDoesNotGrowWithItsRuns) {
  const std::string sweep = "validate '" + kTiny + "' 'sweep={seed: {range: [0, 4999]}}'";
  const Ended ended = limited(700'000, sweep);
  EXPECT_EQ(ended.status, 0) << ended.err;
}

}  // namespace
}  // namespace leakprobe::cli
