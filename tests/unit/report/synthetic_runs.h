#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "leakprobe/value.h"

/// Runs that nobody ran, for what reads runs: the files of a run directory with curves shaped as
/// those of examples/password/quick.yaml.
namespace leakprobe::synthetic {

struct Run {
  int64_t seed = 0;
  double bump = 0.2;             ///< nats above chance that held_out reaches in elicit
  std::string verdict = "VALID";  ///< or INVALID
};

/// Writes config.yaml, metrics.jsonl and ledger.json into `directory`; the run as report.json has
/// it.
Value write_run(const std::filesystem::path& directory, const Run& run);

/// A group of a report with statistics over its VALID runs (means and plausible intervals). `labels`
/// are {axis, case}.
Value group(const std::string& label,
            const std::vector<std::pair<std::string, std::string>>& labels, Value runs);

/// A report of these groups.
Value report(const std::vector<std::pair<std::string, std::vector<std::string>>>& axes,
             std::vector<Value> groups);

}  // namespace leakprobe::synthetic
