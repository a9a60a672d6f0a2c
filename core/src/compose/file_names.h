#pragma once

/// What a run's directory holds.
namespace leakprobe {

inline constexpr const char* kConfigFile = "config.yaml";
inline constexpr const char* kEnvironmentFile = "environment.json";
inline constexpr const char* kMetricsFile = "metrics.jsonl";
inline constexpr const char* kTimingFile = "timing.jsonl";
inline constexpr const char* kItemsFile = "items.jsonl";
inline constexpr const char* kSamplesFile = "samples.jsonl";
inline constexpr const char* kLedgerFile = "ledger.json";
inline constexpr const char* kResultFile = "result.json";
inline constexpr const char* kStatusFile = "status.json";
inline constexpr const char* kLogFile = "log.txt";
/// The folder of checkpoints.
inline constexpr const char* kCheckpoints = "checkpoints";
/// The saved state of an unfinished run.
inline constexpr const char* kStateFile = "state.safetensors";

}  // namespace leakprobe
