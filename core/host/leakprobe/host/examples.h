#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/value.h"

/// The experiments that come with the program.
namespace leakprobe::host {

struct Example {
  std::string name;      ///< "quick"
  std::string file;      ///< in the folder of examples: "password/quick.yaml"
  std::string question;  ///< what it answers, in one line
  double minutes = 0;    ///< that it takes on two cores, about
  std::string needs;     ///< what has to be there before it can run; "" = nothing
};

/// All of them, in the order in which they should be shown. Throws Error where their list cannot be
/// read.
std::vector<Example> examples();

/// An example as it was put into somebody's folder.
struct CopiedExample {
  Example example;
  std::filesystem::path file;  ///< the experiment itself
  /// All that lies there now, sorted: the experiment, what it extends, its data, its schemas.
  std::vector<std::filesystem::path> files;
  bool is_sweep = false;  ///< many runs, for `leakprobe sweep`
};

/// Copies the example called `name` into `folder`, with all files that it and what it extends name;
/// folders between them stay, those above all of them go. `schema` is the JSON Schema of
/// experiments (Workbench::schema), to which the copies lead editors. A file that is there already
/// is left alone where it is the same. Throws UsageError, and writes nothing, where one differs,
/// where there is no such example, and where `folder` can be none.
CopiedExample copy_example(const std::string& name, const std::filesystem::path& folder,
                           const Value& schema);

}  // namespace leakprobe::host
