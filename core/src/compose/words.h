#pragma once

#include <string>
#include <vector>

namespace leakprobe {

bool contains(const std::vector<std::string>& words, const std::string& word);

/// "a", "a and b", "a, b and c".
std::string enumerate(const std::vector<std::string>& words);

}  // namespace leakprobe
