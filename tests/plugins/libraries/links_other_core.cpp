// A plugin compiled against other headers: it must not even link.
#include "leakprobe/abi.h"
#undef LEAKPROBE_ABI_SYMBOL_SUFFIX
#define LEAKPROBE_ABI_SYMBOL_SUFFIX v7_0123456789abcdef_t2_4_abi0
#include "leakprobe/plugin.h"

LEAKPROBE_PLUGIN(registrar) { (void)registrar; }
