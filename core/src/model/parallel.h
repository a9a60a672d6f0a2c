#pragma once

#include <cstdint>
#include <functional>

namespace leakprobe {

/// Calls body(begin, end) for parts of [0, count), on LibTorch's own threads where there is enough
/// to do; `grain` is the smallest part worth a thread.
void parallel_for(int64_t count, int64_t grain,
                  const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace leakprobe
