#pragma once

#include <optional>
#include <string>

#include "compose/composition.h"
#include "leakprobe/measure.h"
#include "leakprobe/probe.h"
#include "leakprobe/task.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// What the values of a probe are in an experiment, and which of them are more leak.
struct Scale {
  std::string unit;  ///< "" = not known
  ProbeFacts::Direction direction = ProbeFacts::Direction::larger;
  bool log_probability = false;  ///< differences then have a relative increase
  std::optional<double> chance;  ///< the value where nothing leaks

  Scale() = default;
  /// Of the probe's value, or of one of its aggregates.
  Scale(const ProbeFacts& facts, const TaskFacts& task, const std::string& aggregate = "");
  /// From what `write` gave; what is absent is not known.
  explicit Scale(const Value& claim);
  /// Sets unit, direction, log_probability and chance; null = not known.
  void write(Value& claim) const;

  /// A value less chance; where leaks lie on both sides of chance, how far from it. Without a level
  /// of chance the value as it is.
  double leak(double value) const;
  /// Whether a value is more leak than another.
  bool is_more(double value, double other) const;
  /// How much more leak a difference of two leaks is: turned round where smaller is more.
  double more(double difference) const;
  /// Whether differences between values of this scale and of that have a meaning.
  bool is_like(const Scale& other) const;
  /// Whether it is known that they have none: an earlier version's result may not say its unit.
  bool is_unlike(const Scale& other) const;
  /// "bits, a larger value being more leak"
  std::string words() const;

  /// Of guesses, where there is a difference to speak of: ": an attacker needs 23 times fewer
  /// guesses"; "" else.
  std::string guesses_words(double difference) const;

  /// Where more leak lies: "above control", "below control", "farther from chance than control".
  std::string beyond(const std::string& what) const;
  /// The other side.
  std::string short_of(const std::string& what) const;
};

/// What a measurement's values are; nothing is known of a term's metric.
Scale scale_of(const Measurement& measurement, const Composition& composition);

}  // namespace leakprobe
