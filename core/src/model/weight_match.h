#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/tensors.h"
#include "model/problems.h"

namespace leakprobe {

/// Which stored tensor is which parameter of a model, judged by names, shapes and types alone.
/// Collects what does not fit, so that one Error tells it all.
class WeightMatch {
 public:
  /// `gguf` = tensors have their names of GGUF files.
  WeightMatch(const TensorSource& weights, bool gguf) : weights_(weights), gguf_(gguf) {}

  const std::string& source() const { return weights_.source(); }

  /// The name under which the parameter is stored; nothing where it is not, or does not fit. Throws
  /// Error with all problems at the first block of which the file holds nothing.
  std::optional<std::string> find(const ParameterSpec& spec);
  /// Files may hold this tensor too, if with these numbers.
  void allow(const BufferSpec& spec);
  /// Throws Error where something does not fit, or the file holds what nobody targets for.
  void finish();

  /// The tensor that stands, with other numbers, beside the one of a parameter that should be tied
  /// to it.
  static std::optional<std::string> other_head(const TensorSource& weights,
                                               const ParameterSpec& spec);

 private:
  std::vector<std::string> names_of(const ParameterSpec& spec) const;
  /// What to do where config.json asks for other tensors than the weights have.
  std::string remedy() const;
  [[noreturn]] void fail() const;

  const TensorSource& weights_;
  bool gguf_;
  std::set<std::string> used_;
  Problems problems_;
  int64_t block_ = -1;       ///< the one that is being looked for
  bool block_found_ = true;  ///< whether the file holds something of it
};

}  // namespace leakprobe
