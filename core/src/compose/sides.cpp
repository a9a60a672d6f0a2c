#include "compose/sides.h"

#include <array>

namespace leakprobe {
namespace {

/// The side that `minus` puts in the place of `side`.
Side changed(Side side, const Minus& minus, const TaskFacts& task) {
  switch (minus.kind) {
    case Minus::Kind::nothing:
    case Minus::Kind::chance:
      break;
    case Minus::Kind::control:
      side.cell = *task.control_for(side.cell);
      break;
    case Minus::Kind::start:
      side.at = Endpoint::start;
      break;
    case Minus::Kind::other: {
      std::string prefix = minus.prefix.value_or(side.cell.prefix);
      if (minus.rows) side.cell = *minus.rows;
      side.cell.prefix = std::move(prefix);
      side.measure = minus.measure.value_or(side.measure);
      side.phase = minus.phase.value_or(side.phase);
      side.at = minus.at.value_or(side.at);
      break;
    }
  }
  side.sign = -side.sign;
  return side;
}

/// Which keys of a claim `minus` changes, in the order of `kKeys`.
constexpr std::array kKeys = {"set", "prefix", "phase", "endpoint", "probe"};
std::array<bool, kKeys.size()> changes(const Minus& minus) {
  using Kind = Minus::Kind;
  return {minus.kind == Kind::control || minus.rows.has_value(), minus.prefix.has_value(),
          minus.phase.has_value(), minus.kind == Kind::start || minus.at.has_value(),
          minus.measure.has_value()};
}

}  // namespace

std::vector<Minus> taken_off(const Measurement& measurement) {
  std::vector<Minus> all;
  if (measurement.minus.kind != Minus::Kind::nothing) all.push_back(measurement.minus);
  all.insert(all.end(), measurement.then.begin(), measurement.then.end());
  return all;
}

std::vector<Side> sides_of(const Measurement& measurement, const Cell& cell,
                           const TaskFacts& task) {
  std::vector<Side> sides = {{measurement.measure, measurement.phase, cell, measurement.at, 1}};
  for (const Minus& minus : taken_off(measurement)) {
    if (minus.kind == Minus::Kind::chance) continue;
    const size_t before = sides.size();
    for (size_t i = 0; i < before; ++i) sides.push_back(changed(sides[i], minus, task));
  }
  return sides;
}

std::string fault_of(const std::vector<Minus>& minus) {
  if (minus.size() < 2) return "";
  std::array<bool, kKeys.size()> before{};
  for (const Minus& each : minus) {
    if (each.kind == Minus::Kind::nothing) return "'nothing' takes nothing off";
    if (each.kind == Minus::Kind::chance) {
      return "'chance' is the same on both sides of a difference";
    }
    const auto now = changes(each);
    for (size_t key = 0; key < kKeys.size(); ++key) {
      if (before[key] && now[key]) return std::string("two of them change the ") + kKeys[key];
      before[key] = before[key] || now[key];
    }
  }
  return "";
}

}  // namespace leakprobe
