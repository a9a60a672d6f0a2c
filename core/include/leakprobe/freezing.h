#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "leakprobe/context.h"
#include "leakprobe/kind.h"

namespace leakprobe {

/// The part of a model that a parameter belongs to.
enum class Part { embedding, attention, mlp, norm, final_norm, head };

/// A parameter as policies see it, so that none has to parse names.
struct ParameterInfo {
  std::string name;  ///< as in a Hugging Face checkpoint
  std::vector<int64_t> shape;
  int64_t block = -1;  ///< index of the transformer block; -1 outside
  Part part = Part::embedding;
  /// The part that shares this tensor: a tied head is listed once, as its embedding.
  std::string tied_to;  ///< name of the second role, such as "lm_head.weight", or ""
};

struct FreezingFacts {};

/// Which parameters a phase trains.
///
/// A plugin's class has `struct Options` and a constructor `(const Options&, const Context&)`.
class Freezing {
 public:
  static constexpr Kind kKind = Kind::freezing;
  using Interface = Freezing;
  using Facts = FreezingFacts;
  virtual ~Freezing() = default;

  /// For each parameter whether it is trained, in the same order. `blocks` is the number of
  /// transformer blocks. Throws Error where the options do not fit the model.
  virtual std::vector<bool> trainable(std::span<const ParameterInfo> parameters,
                                      int64_t blocks) const = 0;
};

}  // namespace leakprobe
