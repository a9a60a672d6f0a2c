#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/tensors.h"
#include "model/loaded_model.h"
#include "model/weight_match.h"

namespace leakprobe {

/// Collects what a model declares; a derived class says where the numbers come from. Throws Error
/// for dimensions that no machine can hold, before any memory is taken for them.
class CollectingBuilder : public ModelBuilder {
 public:
  /// `source` is the file whose model it is, "" for none.
  explicit CollectingBuilder(int64_t vocab_size, std::string source = "")
      : vocab_size_(vocab_size), source_(std::move(source)) {}
  torch::Tensor parameter(const ParameterSpec& spec) final;
  int64_t vocab_size() const final { return vocab_size_; }
  std::vector<ModelParameter> take() { return std::move(parameters_); }

 protected:
  virtual torch::Tensor make(const ParameterSpec& spec, size_t number) = 0;

 private:
  [[noreturn]] void too_large(const std::string& what) const;

  int64_t vocab_size_;
  std::string source_;
  std::vector<ModelParameter> parameters_;
  std::set<std::string> names_;
  int64_t numbers_ = 0;
};

/// Tensors that have shapes but no numbers: what a model is, without memory for it.
class SurveyBuilder final : public CollectingBuilder {
 public:
  /// Holds every parameter against `match`, where one is given.
  explicit SurveyBuilder(int64_t vocab_size, WeightMatch* match = nullptr)
      : CollectingBuilder(vocab_size, match != nullptr ? match->source() : ""), match_(match) {}
  void buffer(const BufferSpec& spec) override;
  /// The parameter that another one is tied to.
  const std::optional<ParameterSpec>& tied() const { return tied_; }

 private:
  torch::Tensor make(const ParameterSpec& spec, size_t number) override;
  WeightMatch* match_;
  std::optional<ParameterSpec> tied_;
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

/// Weights of files that were found to fit.
class ReadingBuilder final : public CollectingBuilder {
 public:
  ReadingBuilder(int64_t vocab_size, const TensorSource& weights, bool gguf, torch::Device device)
      : CollectingBuilder(vocab_size),
        weights_(weights),
        match_(weights, gguf),
        gguf_(gguf),
        device_(device) {}

 private:
  torch::Tensor make(const ParameterSpec& spec, size_t number) override;
  const TensorSource& weights_;
  WeightMatch match_;
  bool gguf_;
  torch::Device device_;
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
