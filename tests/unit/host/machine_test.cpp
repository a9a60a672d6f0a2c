#include "machine/machine.h"

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

void expect_gibibytes(const TemporaryFolder& root, int64_t total, int64_t available) {
  const Memory memory = main_memory(root.path());
  EXPECT_EQ(memory.total, total * kGibibyte);
  EXPECT_EQ(memory.available, available * kGibibyte);
}

TEST(MainMemory, IsTheMachinesWithoutALimit) {
  const TemporaryFolder root;
  write_machine(root);
  root.write("sys/fs/cgroup/pods/job/memory.max", "max\n");
  expect_gibibytes(root, 16, 12);
}

TEST(MainMemory, EndsAtTheControlGroupsLimit) {
  const TemporaryFolder root;
  write_machine(root);
  // Of the group's 8 GiB 5 are taken, 2 of those by unused cache. The job's own limit is larger.
  root.write("sys/fs/cgroup/pods/memory.max", "8589934592\n");
  root.write("sys/fs/cgroup/pods/memory.current", "5368709120\n");
  root.write("sys/fs/cgroup/pods/memory.stat", "anon 3221225472\ninactive_file 2147483648\n");
  root.write("sys/fs/cgroup/pods/job/memory.max", "10737418240\n");
  expect_gibibytes(root, 8, 5);
}

TEST(MainMemory, IsTheMachinesWhereTheLimitIsLarger) {
  const TemporaryFolder root;
  write_machine(root);
  root.write("sys/fs/cgroup/memory.max", "34359738368\n");
  expect_gibibytes(root, 16, 12);
}

}  // namespace
}  // namespace leakprobe
