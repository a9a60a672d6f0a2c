#include "host/machine.h"

#include <gtest/gtest.h>

#include "config/support.h"

namespace leakprobe {
namespace {

constexpr int64_t kGibibyte = int64_t{1} << 30;

/// A machine of 16 GiB, 12 of them free.
void write_machine(const TemporaryFolder& root) {
  root.write("proc/meminfo", "MemTotal:       16777216 kB\nMemAvailable:   12582912 kB\n");
  root.write("proc/self/cgroup", "0::/pods/job\n");
}

TEST(MainMemory, IsTheMachinesWithoutALimit) {
  const TemporaryFolder root;
  write_machine(root);
  root.write("sys/fs/cgroup/pods/job/memory.max", "max\n");
  EXPECT_EQ(main_memory(root.path()).total, 16 * kGibibyte);
  EXPECT_EQ(main_memory(root.path()).available, 12 * kGibibyte);
}

TEST(MainMemory, EndsAtTheControlGroupsLimit) {
  const TemporaryFolder root;
  write_machine(root);
  root.write("sys/fs/cgroup/pods/memory.max", "8589934592\n");  // 8 GiB,
  root.write("sys/fs/cgroup/pods/memory.current",
             "5368709120\n");  // 5 taken, 2 of them unused cache
  root.write("sys/fs/cgroup/pods/memory.stat", "anon 3221225472\ninactive_file 2147483648\n");
  root.write("sys/fs/cgroup/pods/job/memory.max", "10737418240\n");
  EXPECT_EQ(main_memory(root.path()).total, 8 * kGibibyte);
  EXPECT_EQ(main_memory(root.path()).available, 5 * kGibibyte);
}

TEST(MainMemory, IsTheMachinesWhereTheLimitIsLarger) {
  const TemporaryFolder root;
  write_machine(root);
  root.write("sys/fs/cgroup/memory.max", "34359738368\n");
  EXPECT_EQ(main_memory(root.path()).total, 16 * kGibibyte);
  EXPECT_EQ(main_memory(root.path()).available, 12 * kGibibyte);
}

}  // namespace
}  // namespace leakprobe
