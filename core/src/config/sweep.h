#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/diagnostic.h"
#include "leakprobe/value.h"

namespace leakprobe {

/// One axis of a sweep.
struct SweepAxis {
  std::string name;  ///< a path, or a name for cases that change several
  Place place;
  struct Case {
    std::string label;
    std::string path;  ///< where `fragment` belongs, "" = it is merged like `extends`
    Value fragment;
  };
  std::vector<Case> cases;
};

/// One experiment of a sweep.
struct SweepPoint {
  std::string label;                                        ///< "freezing=without, seed=3"
  std::vector<std::pair<std::string, std::string>> labels;  ///< axis and case
  Value experiment;                                         ///< without `sweep` and without nulls
};

/// A case of an axis; both outlive it.
struct ChosenCase {
  const SweepAxis* axis = nullptr;
  const SweepAxis::Case* one = nullptr;
};

inline constexpr size_t kMaxSweepPoints = 10'000;

/// Reads and checks the `sweep:` of an experiment as `load_experiment` gives it: a path with a list
/// of values or {range: [first, last], step: 1} (integers, both ends included), or the name of an
/// axis with named cases, each a part of an experiment. Reports what is wrong, also paths that do
/// not fit the experiment, and axes that set the same key; the axes given are the good ones.
std::vector<SweepAxis> parse_sweep(const Value& experiment, Diagnostics& diagnostics);

/// Merges a case into an experiment that has those `chosen` before, and adds it to these. False and
/// reported where it cannot be applied, or takes away what one of them set.
bool apply_case(Value& experiment, std::vector<ChosenCase>& chosen, const ChosenCase& next,
                Diagnostics& diagnostics);

/// Calls `visit` with every combination of the axes' cases, the last axis changing fastest. One at
/// a time: of thousands each has a whole tree. Reports what cannot be applied; a point that could
/// not be made is left out.
void for_each_point(const Value& experiment, const std::vector<SweepAxis>& axes,
                    Diagnostics& diagnostics, const std::function<void(SweepPoint)>& visit);

}  // namespace leakprobe
