#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

inline constexpr const char* kSweepFile = "sweep.json";
inline constexpr int64_t kSweepVersion = 1;

/// Axis and case, in the order of the sweep's axes.
using RunLabels = std::vector<std::pair<std::string, std::string>>;

/// {axis: case}
Value labels_value(const RunLabels& labels);

/// What a sweep's folder says of it in sweep.json.
struct SweepRecord {
  struct Axis {
    std::string name;
    std::vector<std::string> cases;
  };
  /// Several points may be one run, and a run need not have begun.
  struct Point {
    std::string label;
    RunLabels labels;
    std::filesystem::path directory;  ///< of its run, absolute
    std::string digest;
    int64_t seed = 0;
  };
  std::filesystem::path file;
  std::string name;                ///< of the experiment
  std::optional<int64_t> threads;  ///< of each run whose experiment does not say
  std::vector<Axis> axes;
  std::vector<Point> points;

  /// As `folder` has it.
  Value to_value(const std::filesystem::path& folder) const;
};

/// [{name, cases: [label]}]
Value axes_value(const std::vector<SweepRecord::Axis>& axes);

/// Whether a folder holds a sweep.json.
bool is_sweep_folder(const std::filesystem::path& folder);

/// Whether its sweep.json was made here, so that it is known to be of an earlier start.
bool is_own_sweep_folder(const std::filesystem::path& folder);

/// Throws Error, naming the place, where sweep.json cannot be read.
SweepRecord read_sweep_record(const std::filesystem::path& folder);

/// The threads that an earlier start of this sweep gave its runs.
std::optional<int64_t> recorded_threads(const std::filesystem::path& folder);

}  // namespace leakprobe
