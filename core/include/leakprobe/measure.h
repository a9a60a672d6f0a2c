#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/rows.h"
#include "leakprobe/words.h"

namespace leakprobe {

/// What a probe measures: rows of a set, or a part of them.
struct Cell : RowsOf {
  Cell() = default;
  Cell(RowsOf rows) : RowsOf(std::move(rows)) {}  // NOLINT: rows are a cell
  /// A phase may name one column of a set as "train.rejected"; the engine takes it apart.
  Cell(std::string rows, std::string behind) : RowsOf{std::move(rows), "", std::move(behind)} {}

  /// A part of the set: [from, to).
  std::optional<std::array<int64_t, 2>> items;

  /// How records name the rows, without prefix: "train", "train.rejected", "train[12:24]".
  std::string name() const;
  friend bool operator==(const Cell&, const Cell&) = default;
};

/// At which evaluation of its phase a measurement is read. maximum: the one with the most leak as
/// the probe's facts have it (the smallest value where a smaller one is more leak), of those that
/// follow a step s with s % every == 0, each side of a difference at its own.
enum class Endpoint { start, end, maximum };
constexpr auto words_of(Endpoint) {
  return std::array{
      Word{Endpoint::start, "start", "before the first step"},
      Word{Endpoint::end, "end", "after the last step"},
      Word{Endpoint::maximum, "maximum",
           "the one with the most leak, which for some probes is the smallest value"}};
}

/// What is taken off a measurement.
struct Minus {
  /// control: the control set behind the same prefix; start: the same cell at the phase's start;
  /// chance: the task's chance level; other: the same measurement with some keys changed.
  enum class Kind { nothing, control, start, chance, other };
  friend constexpr auto words_of(Kind) {
    return std::array{Word{Kind::control, "control", "the control set behind the same prefix"},
                      Word{Kind::start, "start", "the same at the phase's start"},
                      Word{Kind::chance, "chance", "the level of chance"},
                      Word{Kind::nothing, "nothing", "nothing"}};
  }
  Kind kind = Kind::nothing;
  /// For `other`: the keys that differ, such as {phase: relearn_control}.
  std::optional<std::string> measure, prefix, phase;
  std::optional<Cell> rows;  ///< its prefix does not count
  std::optional<Endpoint> at;
};

/// A bound that makes a measurement a gate.
struct Bound {
  enum class Kind { above, below, within };
  friend constexpr auto words_of(Kind) {
    return std::array{Word{Kind::above, "above", "larger"}, Word{Kind::below, "below", "smaller"},
                      Word{Kind::within, "within", "no larger in size"}};
  }
  Kind kind = Kind::above;
  double value = 0;  ///< within: the largest absolute value
  bool holds(double measured) const;
  /// "above 1", "within 0.1"
  std::string text() const;
};

/// A number read from a run's evaluations, in the unit of its probe. With a bound it is a gate.
struct Measurement {
  std::string name;
  /// The name or type of a probe, "" for the default probe; or "rewards/margins" and the like: a
  /// metric of a term's steps, of which `end` reads the mean over the last tenth of the phase.
  std::string measure;
  std::string term;  ///< for metrics of steps
  /// The cells measured; a gate over several takes the one nearest to failing.
  std::vector<Cell> cells;
  std::string phase;
  Endpoint at = Endpoint::end;
  Minus minus;
  /// Taken off the difference that `minus` leaves, one after the other: a difference of
  /// differences. No two of all these change the same key, and none is chance or nothing.
  std::vector<Minus> then;
  std::optional<Bound> bound;
  /// Where a gate has no meaning in this composition: why.
  std::optional<std::string> not_applicable;
  /// Of a gate on a term's metric, which has no unit of its own: what the number is, such as "nats
  /// a token of sampled rows".
  std::string meaning = {};
  /// What to change where a gate fails, the likeliest first: "more steps or a larger lr".
  std::string remedy = {};
};

}  // namespace leakprobe
