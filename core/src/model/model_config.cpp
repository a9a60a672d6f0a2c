#include "leakprobe/model_config.h"

#include <cmath>

namespace leakprobe {

void add_rotary_keys(FileKeys& keys, const RotaryOptions& options) {
  const std::vector<std::string> maps = {"rope_scaling", "rope_parameters"};
  const auto with_maps = [&](const std::string& key, const std::vector<std::string>& old) {
    std::vector<std::string> all;
    for (const std::string& map : maps) all.push_back(map + "." + key);
    all.insert(all.end(), old.begin(), old.end());
    return all;
  };
  keys.optional(options.theta, with_maps("rope_theta", options.theta_keys));
  if (!options.partial.empty()) {
    keys.optional(options.partial, with_maps("partial_rotary_factor", options.partial_keys));
  } else {
    keys.only(with_maps("partial_rotary_factor",
                        {"partial_rotary_factor", "rotary_pct", "rope_pct", "rotary_percent"}),
              {1}, "heads that are rotated in part");
  }
  for (const std::string& map : maps) {
    keys.only({map + ".rope_type", map + ".type"}, {"default"});
    keys.only({map + ".*"}, {}, "scaled rotary positions, or others for some layers");
  }
  keys.only({"rope_ratio", "rope_scaling_factor", "rope_factor"}, {1}, "scaled rotary positions");
  keys.only({"original_max_position_embeddings", "rope_scaling_type"}, {},
            "scaled rotary positions");
}

bool is_number(const Value& value, double number) {
  constexpr double kRounding = 1e-6;
  return (value.type() == Value::Type::integer || value.type() == Value::Type::number) &&
         std::abs(value.as_number() - number) <= kRounding * std::abs(number);
}

Value rope_parameters(double theta, double partial) {
  Value values = Value::map();
  values.set("rope_theta", theta);
  values.set("rope_type", "default");
  if (partial != 1.0) values.set("partial_rotary_factor", partial);
  return values;
}

}  // namespace leakprobe
