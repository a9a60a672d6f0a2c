#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/tensors.h"
#include "model/loaded_model.h"

namespace leakprobe {

/// Collects what a model declares; a derived class says where the numbers come from.
class CollectingBuilder : public ModelBuilder {
 public:
  explicit CollectingBuilder(int64_t vocab_size) : vocab_size_(vocab_size) {}
  torch::Tensor parameter(const ParameterSpec& spec) final;
  int64_t vocab_size() const final { return vocab_size_; }
  std::vector<ModelParameter> take() { return std::move(parameters_); }
  /// Called when the model is complete.
  virtual void finish() {}

 protected:
  virtual torch::Tensor make(const ParameterSpec& spec, size_t number) = 0;

 private:
  int64_t vocab_size_;
  std::vector<ModelParameter> parameters_;
  std::set<std::string> names_;
};

/// Random weights as the reference implementations start: normal around a mean, or constant.
class SeedingBuilder final : public CollectingBuilder {
 public:
  SeedingBuilder(int64_t vocab_size, uint64_t seed, torch::Device device)
      : CollectingBuilder(vocab_size), seed_(seed), device_(device) {}

 private:
  torch::Tensor make(const ParameterSpec& spec, size_t number) override;
  uint64_t seed_;
  torch::Device device_;
};

/// Weights of files. Collects every problem, so that one Error tells them all.
class ReadingBuilder final : public CollectingBuilder {
 public:
  ReadingBuilder(int64_t vocab_size, const TensorSource& weights, bool gguf, torch::Device device)
      : CollectingBuilder(vocab_size), weights_(weights), gguf_(gguf), device_(device) {}
  void finish() override;

 private:
  torch::Tensor make(const ParameterSpec& spec, size_t number) override;
  const TensorSource& weights_;
  bool gguf_;
  torch::Device device_;
  std::set<std::string> used_;
  std::vector<std::string> problems_;
};

/// Tensors that are there already, in the order in which the model declares them.
class GivenBuilder final : public CollectingBuilder {
 public:
  GivenBuilder(int64_t vocab_size, const WeightSnapshot& weights)
      : CollectingBuilder(vocab_size), weights_(weights) {}

 private:
  torch::Tensor make(const ParameterSpec& spec, size_t number) override;
  const WeightSnapshot& weights_;
};

}  // namespace leakprobe
