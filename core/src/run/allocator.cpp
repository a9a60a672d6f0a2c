#include "run/allocator.h"

#include <limits>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace leakprobe {

void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);  // blocks of their own mapping would go back when freed
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace leakprobe
