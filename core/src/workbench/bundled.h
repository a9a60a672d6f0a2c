#pragma once

#include <filesystem>
#include <string>

namespace leakprobe {

/// Where the core's library lies, in an installation or a build tree.
std::filesystem::path library_folder();

/// What comes with the program besides libraries: templates, examples.
std::filesystem::path share_folder();

/// Writes a file that is not there yet. Throws Error where something of its name is.
void write_new_file(const std::filesystem::path& path, const std::string& text);

}  // namespace leakprobe
