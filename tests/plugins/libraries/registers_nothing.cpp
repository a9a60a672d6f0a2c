#include "leakprobe/plugin.h"

LEAKPROBE_PLUGIN(registrar) { (void)registrar; }
