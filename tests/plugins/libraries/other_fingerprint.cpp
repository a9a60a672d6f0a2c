// What a plugin for another leakprobe looks like to the loader. It must not be loaded: its static
// constructor ends the process.
#include <cstdlib>

namespace {
struct Trap {
  Trap() { std::abort(); }
} trap;
}  // namespace

extern "C" {
extern __attribute__((visibility("default")))
const int leakprobe_plugin_v7_0123456789abcdef_t2_4_abi0;
const int leakprobe_plugin_v7_0123456789abcdef_t2_4_abi0 = 1;
}
