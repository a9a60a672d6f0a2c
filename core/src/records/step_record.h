#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leakprobe/value.h"

namespace leakprobe {

/// The metrics that tell how training on rollouts goes, whose loss says nothing by itself: the
/// engine's reward, and what objectives call by these names: the distance of sampled rows to the
/// reference (nats a token), and how far planted ones lie below it (nats a row).
inline constexpr std::array kTellingMetrics = {"reward", "kl", "suppression"};

/// A line of metrics.jsonl with what one optimiser step did.
struct StepRecord {
  std::string phase;
  int64_t step = 0;
  double rate = 0;
  double loss = 0;
  double gradient_norm = 0;
  /// By term: "loss" and its metrics, means over the batch.
  std::vector<std::pair<std::string, std::map<std::string, double>>> terms;

  Value to_value() const;
  /// What `to_value` gave. Throws Error that names file and path where it is anything else.
  static StepRecord of(const Value& value);
};

/// The step that a line of metrics.jsonl tells of, if a term has this metric in it: of other lines
/// nothing is read. Throws Error, naming `place`, where it is damaged.
std::optional<StepRecord> read_step_with(std::string_view metric, std::string_view line,
                                         const std::string& place);

}  // namespace leakprobe
