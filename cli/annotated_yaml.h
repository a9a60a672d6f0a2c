#pragma once

#include "leakprobe/value.h"
#include "terminal.h"

namespace leakprobe::cli {

/// `experiment` as YAML that reads back equal, each line with a comment that says where its value
/// comes from. `origins` maps paths such as "task.length" to texts; a path that is not in it has
/// the origin of the nearest one above, which is not repeated.
void print_annotated_yaml(const Terminal& terminal, const Value& experiment, const Value& origins);

}  // namespace leakprobe::cli
