#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compose/scale.h"

/// Runs that nobody ran, for what reads runs: the files of a finished run directory, with curves
/// shaped like those of examples/password/quick.yaml.
namespace leakprobe::synthetic {

struct Run {
  std::string name = "synthetic";
  std::string digest = "0123456789abcdef";
  int64_t seed = 0;
  double bump = 0.2;  ///< nats above chance that held_out reaches in elicit
  std::string verdict = "VALID";
  /// What the numbers are; none: as version 1 of result.json had it, nats per token above chance.
  std::optional<Scale> scale = {};
  /// The value of gate suppress.suppressed, where it applies; elicit.margin never does.
  std::optional<double> suppressed = {};
};

void write_run(const std::filesystem::path& directory, const Run& run);

/// One combination of a sweep's cases, in the order of its axes.
struct Arm {
  std::vector<std::string> cases;
  double bump = 0.2;
  int64_t valid = 4;
  int64_t invalid = 0;  ///< seeds before the valid ones
  std::optional<Scale> scale = {};
  std::optional<double> suppressed = {};  ///< of seed 0; 0.05 less for each further one
};

using Axes = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// A sweep's folder with sweep.json and, below it, the runs.
void write_sweep(const std::filesystem::path& folder, const Axes& axes,
                 const std::vector<Arm>& arms);

}  // namespace leakprobe::synthetic
