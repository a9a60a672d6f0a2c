// jemalloc, which the program links, stands in for the C library's allocator and keeps what is
// freed: a training step frees and takes the same large blocks, and faulting their pages in again
// costs more than some of its products. With glibc's, told to do the same, memory grew with every
// step (bench/steady.py, bench/allocators.py).
//
// What is freed after a pass joins into blocks of gigabytes. By default jemalloc cuts no tensor out
// of a block more than 2^6 times its size and maps new memory instead; 2^30 stands for no limit.

extern "C" {
/// What jemalloc looks for; the environment's MALLOC_CONF comes on top.
extern const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1,lg_extent_max_active_fit:30";
}
