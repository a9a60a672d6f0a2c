#pragma once

#include <cstdint>
#include <string>

#include "compose/scale.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// Version of result.json. Since 2 a claim says what its numbers are: unit, direction,
/// log_probability, chance; and why something is null: undefined.
inline constexpr int64_t kResultVersion = 2;

/// Completes the claim of a result, with set, minus and, where it was measured, leak, control_leak
/// and effect, by what they mean on their scale: its keys, relative_increase, leaks, conclusion
/// (one sentence), and undefined: {key: why it is null}.
void complete_claim(Value& claim, const Scale& scale);

/// How much likelier the effect of a complete claim is (0.1: 10 %); null where its values are no
/// log-probabilities, it compares with nothing, or no number holds it.
Value relative_effect(const Value& claim);

/// What is taken off by one part of a claim's `minus`: "control", "the same in phase x".
std::string taken_off_words(const Value* minus);

/// The caveat of a conclusion about a set that no loss had, although its rows are to be pushed
/// down.
std::string never_pushed_words(const Value& claim);

/// What a run whose verdict is not VALID concludes: nothing, whatever its claim measured.
void withdraw_conclusion(Value& claim);

/// A result as the present version has it. Version 1 knew log-probabilities alone, and chance only
/// where a task had one: of others the unit is not known.
Value current_result(Value result);

/// What a claim compares, in words.
struct Comparison {
  /// "'held_out'"; where several things are taken off, "the difference between 'held_out' and
  /// control".
  std::string subject;
  /// "control", "the same in phase x": the last thing that is taken off.
  std::string other;
  bool of_differences = false;

  explicit Comparison(const Value& claim);
  /// "'held_out' lies above control", and the words for less and for no more.
  std::string beyond(const Scale& scale) const;
  std::string short_of(const Scale& scale) const;
  std::string not_beyond(const Scale& scale) const;
};

}  // namespace leakprobe
