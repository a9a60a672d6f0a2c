#include "evaluate.h"

#include "leakprobe/plugin.h"

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Evaluate>("evaluate", "Trains nothing: only the probes run.");
}
