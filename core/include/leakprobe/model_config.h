#pragma once

#include <string>
#include <vector>

#include "leakprobe/config_reader.h"

/// What model plugins share in reading and writing config.json.
namespace leakprobe {

/// Rotary positions as config.json gives them.
struct RopeConfig {
  double theta = 10000.0;
  double partial = 1.0;  ///< the share of each head that is rotated
};

/// Reads rope_parameters.{rope_theta, partial_rotary_factor} (transformers 5), rope_theta and
/// partial_rotary_factor, or rotary_emb_base and rotary_pct (GPT-NeoX); what none gives is as in
/// `fallback`. Throws Error for every kind of scaling, for it changes what positions mean.
RopeConfig read_rope(const ConfigReader& config, const RopeConfig& fallback);

/// {rope_theta, rope_type: default, partial_rotary_factor}: the value of rope_parameters.
Value rope_parameters(const RopeConfig& rope);

/// Throws Error unless text `key` is one of `covered` or absent.
void require_one_of(const ConfigReader& config, const std::string& key,
                    const std::vector<std::string>& covered);

}  // namespace leakprobe
