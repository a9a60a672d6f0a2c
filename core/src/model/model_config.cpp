#include "leakprobe/model_config.h"

#include <algorithm>

#include "format/quote.h"
#include "leakprobe/error.h"

namespace leakprobe {

RopeConfig read_rope(const ConfigReader& config, const RopeConfig& fallback) {
  for (const char* map : {"rope_parameters", "rope_scaling"}) {
    const Value* values = config.find(map);
    if (values == nullptr) continue;
    if (!values->is_map()) {
      throw Error(config.source() + ": " + map + ": expected a map, found " + values->describe());
    }
    for (const Value::Entry& entry : values->entries()) {
      if (entry.value.is_map()) {
        throw Error(config.source() + ": " + map + "." + printable(entry.key) +
                    ": rotary parameters of their own for some layers are not covered");
      }
    }
    for (const char* type : {".rope_type", ".type"}) {
      require_one_of(config, std::string(map) + type, {"default"});
    }
  }
  RopeConfig rope;
  rope.theta = config.first_number({"rope_parameters.rope_theta", "rope_theta", "rotary_emb_base"},
                                   fallback.theta);
  rope.partial = config.first_number(
      {"rope_parameters.partial_rotary_factor", "partial_rotary_factor", "rotary_pct"},
      fallback.partial);
  return rope;
}

Value rope_parameters(const RopeConfig& rope) {
  Value values = Value::map();
  values.set("rope_theta", rope.theta);
  values.set("rope_type", "default");
  if (rope.partial != 1.0) values.set("partial_rotary_factor", rope.partial);
  return values;
}

void require_one_of(const ConfigReader& config, const std::string& key,
                    const std::vector<std::string>& covered) {
  if (!config.has(key)) return;
  const std::string found = config.text(key);
  if (std::find(covered.begin(), covered.end(), found) != covered.end()) return;
  std::string list;
  for (const std::string& word : covered) list += (list.empty() ? "'" : " or '") + word + "'";
  throw Error(config.source() + ": " + key + ": " + quote(found) + " is not covered; only " + list +
              " is");
}

}  // namespace leakprobe
