#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace leakprobe {

/// The files that belong to the experiment `file`, itself among them, below the folder `root`: all
/// that its YAML and that of its parts name, wherever in them it stands. By their paths below
/// `root`, with their content. Throws Error where one cannot be read.
std::map<std::filesystem::path, std::string> files_of_example(const std::filesystem::path& root,
                                                              const std::filesystem::path& file);

/// The files of an example as they are in a folder of their own.
struct ExampleCopy {
  std::filesystem::path file;                          ///< the experiment
  std::map<std::filesystem::path, std::string> files;  ///< content by path in the folder
};

/// Takes the example `file` out of `root`: folders above all of its files go, comments name these
/// where they are then, and first lines lead editors to the schemas at the top of the folder. That
/// of whole experiments is `schema`; others are those to which the files of `root` lead.
ExampleCopy copy_of_example(const std::filesystem::path& root, const std::filesystem::path& file,
                            const std::string& schema);

}  // namespace leakprobe
