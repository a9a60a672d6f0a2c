#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "leakprobe/file_keys.h"
#include "leakprobe/forward_context.h"
#include "leakprobe/freezing.h"
#include "leakprobe/kind.h"

namespace leakprobe {

/// A parameter that a model declares: its identity, how it starts, and how files call it.
struct ParameterSpec {
  ParameterInfo info;
  /// The start in a model made from dimensions: normal with this deviation around 0, or constant.
  struct Init {
    double deviation = 0.0;
    double mean = 0.0;
  } init;
  /// Further names that Hugging Face files use for it.
  std::vector<std::string> aliases = {};
  /// Its name in GGUF files; "" = not there.
  std::string gguf_name = {};
  /// GGUF stores the rows of some query and key matrices pairwise interleaved within each head:
  /// the number of heads then, otherwise 0.
  int64_t gguf_interleaved_heads = 0;
};

/// A tensor that files may carry although it is no parameter: it follows from the options.
struct BufferSpec {
  std::vector<std::string> names;  ///< in Hugging Face and GGUF files
  /// What it has to hold; empty where its numbers cannot change anything.
  std::function<torch::Tensor()> expected = {};
  std::vector<int64_t> shape = {};  ///< of `expected`
  std::string what = {};            ///< what it gives, for messages: "rotary frequencies"
};

/// Gives a model its parameters: seeded, or read from files; the model does not know which.
class ModelBuilder {
 public:
  virtual ~ModelBuilder() = default;
  /// An f32 tensor of the declared shape; it stays the parameter for the model's life, which is to
  /// use it itself and not a copy.
  /// Throws Error where a file lacks it or has another shape.
  virtual torch::Tensor parameter(const ParameterSpec& spec) = 0;
  /// Says that files may hold this one. Throws Error where a file holds other numbers.
  virtual void buffer(const BufferSpec& /*spec*/) {}
  virtual int64_t vocab_size() const = 0;
};

/// What is known of a model before it is made.
struct ModelFacts {
  int64_t hidden_size = 0;
  int64_t blocks = 0;
  int64_t max_positions = 0;
};

/// The last linear map, to logits.
struct Head {
  torch::Tensor weight;  ///< (vocabulary, width)
  torch::Tensor bias;    ///< (vocabulary) or undefined
};

/// A decoder-only language model built from ops.h.
///
/// A plugin's class has
///   struct Options                                     the architecture's dimensions, named as in
///                                                      Hugging Face's config.json
///   static ModelFacts facts(const Options&)
///   static std::vector<ModelShape<Options>> shapes()   what `shape:` may name
///   static constexpr const char* kModelType            `model_type` of config.json
///   static FileKeys config_keys()                      the keys of config.json, in all dialects
///   static Value to_config(const Options&)             the reverse, without vocab_size
///   a constructor (const Options&, ModelBuilder&)
/// and, where it reads GGUF files,
///   static constexpr const char* kGgufArchitecture     their `general.architecture`
///   static FileKeys gguf_keys()                        the keys of their metadata
/// and, where its default is a whole model,
///   static std::vector<std::string> examples()         small ones, to try it out with (plugin.h)
/// The keys path, shape, vocab_size and tokenizer belong to the engine.
class Model {
 public:
  static constexpr Kind kKind = Kind::model;
  using Interface = Model;
  using Facts = ModelFacts;
  virtual ~Model() = default;

  /// Tokens (rows, tokens) int64 to the residual stream (rows, tokens, width) f32 behind the last
  /// block, each block's end marked by ops::residual. The engine decides how rows lie in there:
  /// those with equal beginnings may share positions, and rows may be continued token by token, so
  /// that only the operations of ops.h know which tokens stand before which.
  virtual torch::Tensor blocks(const ForwardContext& forward,
                               const torch::Tensor& tokens) const = 0;
  /// The norm between the last block and the head; of the same shape, f32.
  virtual torch::Tensor final_norm(const ForwardContext& forward, const torch::Tensor& x) const = 0;
  virtual Head head() const = 0;

  /// Hidden states (rows, tokens, width) f32: what the head takes.
  torch::Tensor hidden(const ForwardContext& forward, const torch::Tensor& tokens) const {
    return final_norm(forward, blocks(forward, tokens));
  }
};

/// A well-known size by name, such as "pythia-160m".
template <class Options>
struct ModelShape {
  std::string name;
  Options options;
  int64_t vocab_size = 0;
};

}  // namespace leakprobe
