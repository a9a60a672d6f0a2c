#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace leakprobe {

/// Threads that a run computes with unless it says otherwise: LibTorch's number, which is
/// OMP_NUM_THREADS or one a core of those that this process may use (taskset, Slurm, a container's
/// cpuset), but no more than its share of the processor's time.
int64_t default_threads();

/// What to do where no thread can be started, behind what is said of it.
inline constexpr const char* kFewerThreads =
    "; use fewer threads (threads: 1, or OMP_NUM_THREADS=1), or raise the limits on processes and "
    "memory (ulimit -u, ulimit -v)";

/// Throws Error where the process has not the room for so many threads to compute with.
void require_threads(int64_t threads);

/// Runs of one thread that can compute at once in this process's share of the machine; at least 1.
int64_t processors();

/// The processors' worth of time that the control group of this process and those above it leave
/// (docker --cpus, Kubernetes' limits): cgroup version 2's cpu.max. Nothing where none is set.
/// `root` is the folder that holds proc and sys.
std::optional<double> processor_share(const std::filesystem::path& root = "/");

}  // namespace leakprobe
