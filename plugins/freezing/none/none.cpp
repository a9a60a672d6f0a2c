#include "none.h"

#include "leakprobe/plugin.h"

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::FreezeNone>("none", "Freezes nothing: every parameter is trained.");
}
