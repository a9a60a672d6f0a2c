#include "machine/threads.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "config/support.h"
#include "leakprobe/error.h"

namespace leakprobe {
namespace {

TEST(ProcessorShare, IsTimeOverPeriod) {
  const TemporaryFolder root;
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(processor_share(root.path()), 1.5);
}

TEST(ProcessorShare, IsTheLeastOfAllGroupsAboveTheProcess) {
  const TemporaryFolder root;
  root.write("proc/self/cgroup", "1:cpu:/elsewhere\n0::/pods/one/job\n");
  root.write("sys/fs/cgroup/pods/cpu.max", "200000 100000\n");
  root.write("sys/fs/cgroup/pods/one/cpu.max", "800000 100000\n");
  root.write("sys/fs/cgroup/pods/one/job/cpu.max", "max 100000\n");
  root.write("sys/fs/cgroup/elsewhere/cpu.max", "100000 100000\n");
  EXPECT_EQ(processor_share(root.path()), 2.0);
}

TEST(ProcessorShare, IsNothingWithoutALimit) {
  const TemporaryFolder root;
  EXPECT_EQ(processor_share(root.path()), std::nullopt);
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(processor_share(root.path()), std::nullopt);
}

TEST(Threads, ForWhichTheProcessHasNoRoomAreSaid) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer reserves terabytes";
#endif
  EXPECT_NO_THROW(require_threads(4));
  const auto require_within_a_limit = [] {
    constexpr rlim_t kBytes = rlim_t{64} << 30;
    const rlimit limit{kBytes, kBytes};
    ::setrlimit(RLIMIT_AS, &limit);
    try {
      require_threads(4096);
    } catch (const Error& error) {
      std::fputs(error.what(), stderr);
      ::_exit(1);
    }
    ::_exit(0);
  };
  EXPECT_EXIT(require_within_a_limit(), testing::ExitedWithCode(1),
              "4096 threads cannot be started: Cannot allocate memory; use fewer threads");
}

}  // namespace
}  // namespace leakprobe
