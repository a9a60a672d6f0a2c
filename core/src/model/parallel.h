#pragma once

#include <cstdint>
#include <functional>

namespace leakprobe {

/// Calls body(begin, end) for parts of [0, count), on LibTorch's own threads where there is enough
/// to do; `grain` is the smallest part worth a thread.
void parallel_for(int64_t count, int64_t grain,
                  const std::function<void(int64_t begin, int64_t end)>& body);

/// LibTorch computes with so many threads from here on. Throws Error where they cannot be started:
/// later, OpenMP would end the process.
void compute_with(int64_t threads);

}  // namespace leakprobe
