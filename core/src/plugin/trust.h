#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plugin/search.h"

namespace leakprobe {

/// A place whose content somebody other than the user and root may change.
struct OpenPlace {
  std::filesystem::path path;
  std::string reason;  ///< without the path, with what to do
};

/// The places by which others may change what is loaded from `entry`: the entry itself, `files`
/// found there, and the folders above them, of which the topmost stands for what is below it. What
/// cannot be looked at is left out.
std::vector<OpenPlace> open_places(const SearchEntry& entry,
                                   const std::vector<std::filesystem::path>& files);

}  // namespace leakprobe
