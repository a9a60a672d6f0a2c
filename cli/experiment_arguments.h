#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace leakprobe::cli {

/// FILE [key=value]..., as several commands take them.
struct ExperimentArguments {
  std::string file;
  std::vector<std::string> overrides;

  void declare(Arguments& arguments) {
    arguments.required("FILE", file, "The experiment, a YAML file; - is standard input");
    arguments.rest("key=value", overrides, false,
                   "Values to change, such as task.length=8 or phases.suppress.freeze.type=none");
  }
  host::ExperimentFile value() const { return {file, overrides}; }
};

}  // namespace leakprobe::cli
