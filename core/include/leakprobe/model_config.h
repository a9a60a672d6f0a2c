#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "leakprobe/file_keys.h"

/// What model plugins share in reading and writing config.json.
namespace leakprobe {

/// The most that a dimension may be, so that products of two still fit into int64.
inline constexpr int64_t kLargestDimension = std::numeric_limits<int32_t>::max();

/// Which options rotary positions give, and the keys that name them outside of rope_parameters.
struct RotaryOptions {
  std::string theta;
  std::vector<std::string> theta_keys;
  std::string partial = "";  ///< "" = the whole head is rotated
  std::vector<std::string> partial_keys = {};
};

/// Adds the rules for rotary positions without scaling in config.json: rope_parameters and
/// rope_scaling with rope_theta, partial_rotary_factor and rope_type (transformers 5), then the
/// keys of `options` (transformers 4). Every kind of scaling is refused, for it changes what
/// positions mean.
void add_rotary_keys(FileKeys& keys, const RotaryOptions& options);

/// Whether a setting is this number, but for the rounding of a float32.
bool is_number(const Value& value, double number);

/// {rope_theta, rope_type: default, partial_rotary_factor}: the value of rope_parameters.
Value rope_parameters(double theta, double partial = 1.0);

}  // namespace leakprobe
