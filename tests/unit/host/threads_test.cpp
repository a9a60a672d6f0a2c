#include "machine/threads.h"

#include <gtest/gtest.h>

#include <optional>

#include "config/support.h"

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

}  // namespace
}  // namespace leakprobe
