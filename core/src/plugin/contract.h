#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leakprobe/freezing.h"
#include "leakprobe/model.h"
#include "leakprobe/objective.h"
#include "leakprobe/probe.h"
#include "leakprobe/reward.h"
#include "leakprobe/sink.h"
#include "leakprobe/task.h"

/// What is wrong with an answer of a plugin, measured by what its header asks for; "" where nothing
/// is. The guards of a run and the conformance kit judge by these alike.
namespace leakprobe {

/// What rows may hold; 0 = not known.
struct RowLimits {
  int64_t longest_row = 0;
  int64_t token_limit = 0;
  int64_t positions = 0;  ///< of the model
};

/// "row 3 of set 'useful' behind prefix 'regular'"
std::string row_text(const RowsOf& rows, int64_t index);

std::string fault_of(const Row& row, const RowLimits& limits);
/// `differentiable`: whether the loss must carry a gradient. Whether numbers are finite is left to
/// those who know what they were computed from.
std::string fault_of(const Loss& loss, const ObjectiveFacts& facts, bool differentiable);
std::string fault_of_count(double count);
std::string fault_of(const std::vector<ProbeValue>& values, const std::vector<ProbeCell>& cells,
                     const ProbeFacts& facts);
std::string fault_of_trainable(const std::vector<bool>& trainable, size_t parameters);
/// Of what the sink's `function` gave.
std::string fault_of_bytes(const char* function, const std::string& bytes, const SinkFacts& facts);
std::string fault_of_factor(double factor);
std::string fault_of_reward(double reward, const RewardFacts& facts);
std::string fault_of_rate(double rate);
std::string fault_of_clip_norm(double norm);
/// Of what the model's `function` gave: it must be (rows, tokens, width).
std::string fault_of_states(const char* function, const torch::Tensor& states, int64_t rows,
                            int64_t tokens, int64_t width);
std::string fault_of(const Head& head, int64_t vocabulary, int64_t width);

}  // namespace leakprobe
