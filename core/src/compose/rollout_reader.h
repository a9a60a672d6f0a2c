#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leakprobe/params.h"
#include "leakprobe/stream.h"
#include "leakprobe/task.h"

namespace leakprobe {

/// Whether `value` is meant as a rollout: it has a key of one.
bool is_rollout(const Value& value);

/// Rows of the task by whose secrets one reward may go: each is made before the term's first step,
/// and again where an experiment is checked, so that this many take a second or two.
inline constexpr int64_t kMostRewardedRows = int64_t{1} << 20;

/// Reads a rollout into `stream`, whose path and place are known; `orders` gets what its planted
/// rows say of their order. False where something was reported.
bool read_rollout(Stream& stream, std::vector<Value>& orders, const Value& value,
                  const TaskFacts* task, Reader& reader);

/// The keys of a rollout without `plant`, for people.
const Parameters& rollout_parameters();
/// What `plant` says besides the keys of a source.
const Parameters& plant_parameters();
inline constexpr const char* kPlantDoc =
    "Rows of the task that stand beside those that the policy makes.";
/// JSON Schema of a rollout.
Value rollout_schema();

}  // namespace leakprobe
