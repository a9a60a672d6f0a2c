#include "compose/scale.h"

#include <fmt/format.h>

#include <cmath>

#include "compose/probes.h"

namespace leakprobe {
namespace {

using Direction = ProbeFacts::Direction;

constexpr const char* kChance = "chance";
constexpr const char* kGuesses = "log2 guesses";

}  // namespace

Scale::Scale(const ProbeFacts& facts, const TaskFacts& task, const std::string& aggregate)
    : unit(facts.unit),
      direction(facts.direction),
      log_probability(facts.log_probability),
      chance(facts.chance) {
  if (const ProbeFacts::Aggregate* own = facts.find(aggregate)) {
    unit = own->unit;
    direction = own->direction;
    log_probability = false;
    chance = own->chance;
  }
  if (!log_probability) return;
  unit = "nats per token";
  direction = Direction::larger;
  chance = task.chance;
}

Scale::Scale(const Value& claim) {
  const Value* value = claim.find("unit");
  if (value && value->is_string()) unit = value->as_string();
  value = claim.find("direction");
  if (value && value->is_string()) {
    direction = value_of<Direction>(value->as_string()).value_or(Direction::larger);
  }
  value = claim.find("log_probability");
  log_probability = value && *value == Value(true);
  value = claim.find("chance");
  if (value && !value->is_null()) chance = value->as_number();
}

void Scale::write(Value& claim) const {
  claim.set("unit", unit.empty() ? Value() : Value(unit));
  claim.set("direction", word_of(direction));
  claim.set("log_probability", log_probability);
  claim.set("chance", chance ? Value(*chance) : Value());
}

double Scale::leak(double value) const {
  const double above = value - chance.value_or(0.0);
  return direction == Direction::either ? std::abs(above) : above;
}

bool Scale::is_more(double value, double other) const {
  switch (direction) {
    case Direction::larger:
      return value > other;
    case Direction::smaller:
      return value < other;
    case Direction::either:
      return leak(value) > leak(other);
  }
  return false;
}

double Scale::more(double difference) const {
  return direction == Direction::smaller ? -difference : difference;
}

bool Scale::is_like(const Scale& other) const {
  return unit == other.unit && direction == other.direction &&
         log_probability == other.log_probability;
}

bool Scale::is_unlike(const Scale& other) const {
  return !unit.empty() && !other.unit.empty() && !is_like(other);
}

std::string Scale::words() const {
  const std::string value = direction == Direction::either
                                ? "value farther from chance"
                                : word_of(direction) + std::string(" value");
  return (unit.empty() ? "a unit that it does not say" : unit) + ", a " + value +
         " being more leak";
}

std::string Scale::guesses_words(double difference) const {
  const double factor = std::exp2(std::abs(difference));
  if (unit != kGuesses || !(factor >= 1.05)) return "";
  const std::string times = factor < 10    ? fmt::format("{:.1f}", factor)
                            : factor < 1e6 ? fmt::format("{:.0f}", factor)
                                           : fmt::format("2^{:.0f}", std::abs(difference));
  return ": an attacker needs " + times + " times " + (difference < 0 ? "fewer" : "more") +
         " guesses";
}

std::string Scale::beyond(const std::string& what) const {
  switch (direction) {
    case Direction::larger:
      return "above " + what;
    case Direction::smaller:
      return "below " + what;
    case Direction::either:
      return what == kChance ? "away from chance" : "farther from chance than " + what;
  }
  return "";
}

std::string Scale::short_of(const std::string& what) const {
  switch (direction) {
    case Direction::larger:
      return "below " + what;
    case Direction::smaller:
      return "above " + what;
    case Direction::either:
      return "nearer to chance than " + what;
  }
  return "";
}

Scale scale_of(const Measurement& measurement, const Composition& composition) {
  if (!measurement.term.empty()) return {};
  const ComposedProbe* probe =
      find_probe(composition.probes, measurement.measure, measurement.phase);
  if (probe == nullptr) return {};
  return {probe->probe.facts(), composition.task.facts(),
          measure_of(measurement.measure).aggregate};
}

}  // namespace leakprobe
