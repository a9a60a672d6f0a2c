#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "leakprobe/probe.h"

namespace leakprobe {

/// A model for tests whose logits depend on the token before alone: row t of a table is what
/// follows token t.
class ChainModel final : public ProbedModel {
 public:
  explicit ChainModel(torch::Tensor table) : table_(std::move(table)) {}

  std::vector<std::vector<float>> score(const std::vector<const Row*>& rows) override {
    std::vector<std::vector<float>> scores;
    const torch::Tensor log_probs = at::log_softmax(table_, -1);
    for (const Row* row : rows) {
      scores.emplace_back();
      for (size_t i = 1; i < row->tokens.size(); ++i) {
        if (row->scored[i] == 0) continue;
        scores.back().push_back(log_probs[row->tokens[i - 1]][row->tokens[i]].item<float>());
      }
    }
    most_rows = std::max(most_rows, rows.size());
    return scores;
  }
  std::vector<torch::Tensor> logits(const std::vector<const Row*>& rows) override {
    std::vector<torch::Tensor> result;
    for (const Row* row : rows) {
      std::vector<torch::Tensor> lines;
      for (size_t i = 1; i < row->tokens.size(); ++i) {
        if (row->scored[i] != 0) lines.push_back(table_[row->tokens[i - 1]]);
      }
      result.push_back(at::stack(lines));
    }
    most_rows = std::max(most_rows, rows.size());
    return result;
  }
  /// At temperature 0 alone, of prompts that are not empty.
  std::vector<Generated> generate(const std::vector<std::vector<int64_t>>& prompts,
                                  const Sampling& sampling, const RandomStream&) override {
    std::vector<Generated> made;
    for (const std::vector<int64_t>& prompt : prompts) {
      made.emplace_back();
      int64_t last = prompt.back();
      for (int64_t t = 0; t < sampling.tokens; ++t) {
        made.back().tokens.push_back(last = table_[last].argmax().item<int64_t>());
        made.back().log_probs.push_back(0);
      }
    }
    return made;
  }

  size_t most_rows = 0;  ///< of one call

 private:
  torch::Tensor table_;
};

}  // namespace leakprobe
