#include "sinks.h"

#include "leakprobe/plugin.h"

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::JsonLines>("jsonl", "Writes each record as a line of records.jsonl.");
  registrar.add<leakprobe::CsvLines>("csv",
                                     "Writes each number of each record as a line of metrics.csv.");
  registrar.add<leakprobe::TensorBoard>("tensorboard",
                                        "Writes each number of each record for TensorBoard.");
  registrar.add<leakprobe::Console>("console", "Writes a line to the run's log for evaluations.");
}
