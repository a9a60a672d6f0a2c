#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace leakprobe {

/// The texts of `ids` (indices into `tokens`) one after the other.
/// Throws Error for an id that is no token's, naming it and its position.
std::string join_tokens(const std::vector<std::string>& tokens,
                        const std::vector<std::int64_t>& ids);

}  // namespace leakprobe
