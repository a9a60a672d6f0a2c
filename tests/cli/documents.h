#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// The documents of the tree, for tests that hold them against what is there.
namespace leakprobe::cli {

/// What the first group of `pattern` matches, of every match, in order.
std::vector<std::string> found(const std::string& text, const char* pattern);

/// Every document of the tree, with its text.
std::map<std::filesystem::path, std::string> documents();

/// The sources of the program and its plugins, one behind the other.
std::string sources();

/// The blocks of a document between ```<language> and ```, in order.
std::vector<std::string> blocks(const std::string& text, const std::string& language);

}  // namespace leakprobe::cli
