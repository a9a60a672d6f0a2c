// jemalloc, which the program links, stands in for the C library's allocator and keeps what is
// freed: a training step frees and takes the same large blocks, and faulting their pages in again
// costs more than some of its products. glibc's, before 2.38, does not reuse freed blocks where it
// is asked for aligned ones, so that memory grew with every step.

extern "C" {
/// What jemalloc looks for; the environment's MALLOC_CONF comes on top.
extern const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1";
}
