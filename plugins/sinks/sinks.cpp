#include "sinks.h"

#include "leakprobe/plugin.h"

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::JsonLines>("jsonl", "Writes each record as a line of metrics.jsonl.");
  registrar.add<leakprobe::Console>("console", "Writes a line to the run's log for evaluations.");
}
