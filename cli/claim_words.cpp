#include "claim_words.h"

#include "text.h"

namespace leakprobe::cli {
namespace {

bool is_true(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value != nullptr && *value == Value(true);
}

/// The unit, what it is counted from, and which way more leak lies.
std::string words_of(const Value& scale, const std::string& from) {
  const std::string unit = shown(scale, "unit");
  return (unit.empty() ? "as measured" : unit) + from +
         (shown(scale, "direction") == "smaller" ? ", smaller is more leak" : "");
}

/// Where in a phase a claim is read; its maximum is that of leak.
std::string endpoint(const std::string& at, const std::string& direction) {
  if (at != "maximum") return "at the " + at + " of";
  if (direction == "either") return "farthest from chance over";
  return direction == "smaller" ? "at its minimum over" : "at its maximum over";
}

}  // namespace

std::string unit_words(const Value& scale) { return words_of(scale, ""); }

std::string level_words(const Value& scale) {
  if (!has_chance(scale)) return unit_words(scale);
  return words_of(scale,
                  shown(scale, "direction") == "either" ? " away from chance" : " against chance");
}

std::string unit_heading(const Value& scale) {
  if (is_log_probability(scale)) return "nats";
  const std::string unit = shown(scale, "unit");
  return unit.empty() ? "value" : unit;
}

std::string level_heading(const Value::List& scales) {
  std::string heading;
  for (const Value& scale : scales) {
    const std::string direction = shown(scale, "direction");
    if (direction.empty()) continue;  // nothing was measured
    const std::string own = !has_chance(scale)       ? "value"
                            : direction == "smaller" ? "level"
                                                     : "leak";
    if (heading.empty()) heading = own;
    if (heading != own) return "level";
  }
  return heading.empty() ? "leak" : heading;
}

bool is_log_probability(const Value& scale) { return is_true(scale, "log_probability"); }

bool has_chance(const Value& scale) {
  const Value* chance = scale.find("chance");
  return is_true(scale, "above_chance") || (chance != nullptr && !chance->is_null());
}

std::string claim_words(const Value& claim, const Value& scale) {
  return "Set '" + shown(claim, "set") + "' behind prefix '" + shown(claim, "prefix") + "', " +
         endpoint(shown(claim, "at"), shown(scale, "direction")) + " phase " +
         shown(claim, "phase") + " (" + shown(claim, "measure") + ", " + level_words(scale) + ")";
}

}  // namespace leakprobe::cli
