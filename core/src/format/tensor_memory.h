#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leakprobe {

/// The product of the dimensions (none of them negative), nothing where it or a stride would not
/// fit into int64.
std::optional<int64_t> element_count(const std::vector<int64_t>& shape);

/// An uninitialised contiguous CPU tensor. Throws Error "<place>: ..." where memory is short.
torch::Tensor allocate_tensor(const std::vector<int64_t>& shape, torch::ScalarType type,
                              const std::string& place);

/// Why files may not call a tensor by this name, "" where they may: it is empty, not UTF-8, has
/// control characters, or would lead somewhere else were it taken for a file name.
std::string tensor_name_complaint(std::string_view name);

/// "(2, 3)" for messages.
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace leakprobe
