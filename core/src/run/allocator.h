#pragma once

namespace leakprobe {

/// Makes the C library keep freed memory for the next step instead of giving it back to the system:
/// a training step frees and takes the same large blocks, and faulting their pages in again costs
/// more than some of its products. Where the C library is not glibc: nothing.
void keep_freed_memory();

}  // namespace leakprobe
