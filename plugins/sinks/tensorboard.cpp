#include <cmath>
#include <limits>
#include <utility>

#include "event_file.h"
#include "scalars.h"
#include "sinks.h"

namespace leakprobe {
namespace {

/// Bytes depend on the record alone; when a step was, timing.jsonl tells.
constexpr double kWallTime = 0;

/// TensorBoard puts together what has the same part before the first slash: a phase.
std::string tag_of(const Scalar& scalar) {
  std::string tag = scalar.phase + "/" + scalar.name;
  if (!scalar.set.empty()) tag += "/" + scalar.set + "/" + scalar.prefix;
  return tag;
}

}  // namespace

std::string TensorBoard::beginning() { return file_version_event(kWallTime); }

std::string TensorBoard::write(const Value& record) {
  std::vector<std::pair<std::string, double>> numbers;
  const std::vector<Scalar> scalars = scalars_of(record);
  for (const Scalar& scalar : scalars) {
    const double number = scalar.leak.value_or(scalar.value);
    if (std::abs(number) <= std::numeric_limits<float>::max()) {
      numbers.emplace_back(tag_of(scalar), number);
    } else if (!std::exchange(warned_, true)) {
      context_.warn(tag_of(scalar) + " is " + to_json(number) + " at step " +
                    std::to_string(scalar.step) +
                    ", which TensorBoard's numbers do not hold: such are left out");
    }
  }
  if (numbers.empty()) return "";
  return scalars_event(kWallTime, scalars.front().step, numbers);
}

}  // namespace leakprobe
