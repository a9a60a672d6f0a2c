#include "llama.h"

#include <ATen/ops/ones.h>

#include <string>
#include <string_view>

#include "leakprobe/model_config.h"
#include "leakprobe/plugin.h"

namespace leakprobe {
namespace {

constexpr std::string_view kPrefix = "model.";

/// Declares the parameters of one block, or those outside blocks, under both of their names.
class Declare {
 public:
  Declare(ModelBuilder& builder, double deviation, std::string prefix, std::string gguf_prefix,
          int64_t block)
      : builder_(builder),
        deviation_(deviation),
        prefix_(std::move(prefix)),
        gguf_prefix_(std::move(gguf_prefix)),
        block_(block) {}

  torch::Tensor norm(const std::string& name, const std::string& gguf_name, int64_t width,
                     Part part) {
    return declare(name + ".weight", {width}, part, {0.0, 1.0}, gguf_name + ".weight");
  }

  /// `interleaved` is the number of heads whose rows GGUF stores pairwise, or 0.
  ops::Affine affine(const std::string& name, const std::string& gguf_name, int64_t outputs,
                     int64_t inputs, bool bias, Part part, int64_t interleaved = 0) {
    ops::Affine map;
    map.weight = declare(name + ".weight", {outputs, inputs}, part, {deviation_, 0.0},
                         gguf_name + ".weight", interleaved);
    if (bias) {
      map.bias =
          declare(name + ".bias", {outputs}, part, {0.0, 0.0}, gguf_name + ".bias", interleaved);
    }
    return map;
  }

  torch::Tensor embedding(int64_t rows, int64_t columns, bool tied) {
    return declare("model.embed_tokens.weight", {rows, columns}, Part::embedding, {deviation_, 0.0},
                   "token_embd.weight", 0, tied ? "lm_head.weight" : "");
  }

 private:
  torch::Tensor declare(const std::string& name, std::vector<int64_t> shape, Part part,
                        ParameterSpec::Init init, const std::string& gguf_name,
                        int64_t interleaved = 0, std::string tied_to = "") {
    ParameterSpec spec;
    spec.info = {prefix_ + name, std::move(shape), block_, part, std::move(tied_to)};
    spec.init = init;
    // Models without a head are stored without this prefix.
    if (spec.info.name.starts_with(kPrefix)) {
      spec.aliases = {spec.info.name.substr(kPrefix.size())};
    }
    spec.gguf_name = gguf_prefix_ + gguf_name;
    spec.gguf_interleaved_heads = interleaved;
    return builder_.parameter(spec);
  }

  ModelBuilder& builder_;
  double deviation_;
  std::string prefix_;
  std::string gguf_prefix_;
  int64_t block_;
};

}  // namespace

int64_t Llama::Options::mlp_size() const {
  if (intermediate_size > 0) return intermediate_size;
  const int64_t size = hidden_size * 8 / 3;
  return (size + 255) / 256 * 256;
}

void Llama::Options::declare(Schema<Options>& schema) {
  schema.field("hidden_size", &Options::hidden_size, between(int64_t{1}, kLargestDimension),
               "Width of the residual stream.", "numbers");
  schema.field("num_hidden_layers", &Options::num_hidden_layers,
               between(int64_t{1}, kLargestDimension), "Number of transformer blocks.", "blocks");
  schema.field("num_attention_heads", &Options::num_attention_heads,
               between(int64_t{1}, kLargestDimension), "Number of query heads a block.", "heads");
  schema.field("num_key_value_heads", &Options::num_key_value_heads,
               between(int64_t{0}, kLargestDimension),
               "Number of key and value heads a block; 0 stands for num_attention_heads.", "heads");
  schema.field("head_dim", &Options::head_dim, between(int64_t{0}, kLargestDimension),
               "Width of a head; 0 stands for hidden_size / num_attention_heads.", "numbers");
  schema.field("intermediate_size", &Options::intermediate_size,
               between(int64_t{0}, kLargestDimension),
               "Width inside the MLP; 0 stands for 8/3 of hidden_size rounded up to a multiple of "
               "256.",
               "numbers");
  schema.field("max_position_embeddings", &Options::max_position_embeddings,
               between(int64_t{1}, kLargestDimension), "Longest row that the model takes.",
               "tokens");
  schema.field("rope_theta", &Options::rope_theta, above(0.0), "Base of the rotary frequencies.");
  schema.field("rms_norm_eps", &Options::rms_norm_eps, above(0.0),
               "Added to the mean square in norms.");
  schema.field("attention_bias", &Options::attention_bias, kAny,
               "Whether the linear maps of attention have biases.");
  schema.field("mlp_bias", &Options::mlp_bias, kAny,
               "Whether the linear maps of the MLP have biases.");
  schema.field("tie_word_embeddings", &Options::tie_word_embeddings, kAny,
               "Whether the output head is the input embedding.");
  schema.field("initializer_range", &Options::initializer_range, at_least(0.0),
               "Standard deviation of random weights.");
  schema.relation(
      "num_key_value_heads", "num_key_value_heads must divide num_attention_heads",
      [](const Options& o) { return o.num_attention_heads % o.key_value_heads() == 0; });
  schema.relation("num_attention_heads",
                  "num_attention_heads must divide hidden_size where head_dim is not given",
                  [](const Options& o) {
                    return o.head_dim > 0 || o.hidden_size % o.num_attention_heads == 0;
                  });
  schema.relation("head_dim", "the width of a head must be even, for rotary positions",
                  [](const Options& o) { return o.head_size() % 2 == 0 && o.head_size() > 0; });
}

ModelFacts Llama::facts(const Options& options) {
  return {options.hidden_size, options.num_hidden_layers, options.max_position_embeddings};
}

std::vector<ModelShape<Llama::Options>> Llama::shapes() {
  const auto smollm2 = [](const char* name, int64_t width, int64_t blocks, int64_t heads,
                          int64_t key_value_heads, int64_t mlp, double theta) {
    Options options;
    options.hidden_size = width;
    options.num_hidden_layers = blocks;
    options.num_attention_heads = heads;
    options.num_key_value_heads = key_value_heads;
    options.head_dim = 64;
    options.intermediate_size = mlp;
    options.max_position_embeddings = 8192;
    options.rope_theta = theta;
    options.tie_word_embeddings = true;
    options.initializer_range = width == 576 ? 0.041666666666666664 : 0.02;
    return ModelShape<Options>{name, options, 49152};
  };
  return {smollm2("smollm2-135m", 576, 30, 9, 3, 1536, 100000.0),
          smollm2("smollm2-360m", 960, 32, 15, 5, 2560, 100000.0),
          smollm2("smollm2-1.7b", 2048, 24, 32, 32, 8192, 130000.0)};
}

std::vector<std::string> Llama::examples() {
  const std::string sizes =
      "hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, "
      "intermediate_size: 32";
  return {"{" + sizes + "}",
          "{" + sizes + ", attention_bias: true, mlp_bias: true, tie_word_embeddings: true}"};
}

Value Llama::to_config(const Options& options) {
  Value config = Value::map();
  config.set("architectures", Value(Value::List{Value("LlamaForCausalLM")}));
  config.set("model_type", kModelType);
  config.set("hidden_size", options.hidden_size);
  config.set("num_hidden_layers", options.num_hidden_layers);
  config.set("num_attention_heads", options.num_attention_heads);
  config.set("num_key_value_heads", options.key_value_heads());
  config.set("head_dim", options.head_size());
  config.set("intermediate_size", options.mlp_size());
  config.set("max_position_embeddings", options.max_position_embeddings);
  config.set("hidden_act", "silu");
  config.set("rms_norm_eps", options.rms_norm_eps);
  config.set("attention_bias", options.attention_bias);
  config.set("attention_dropout", 0.0);
  config.set("mlp_bias", options.mlp_bias);
  config.set("tie_word_embeddings", options.tie_word_embeddings);
  config.set("initializer_range", options.initializer_range);
  // transformers 4 reads the first, 5 the second.
  config.set("rope_theta", options.rope_theta);
  config.set("rope_parameters", rope_parameters(options.rope_theta));
  return config;
}

Llama::Llama(const Options& options, ModelBuilder& builder) : options_(options) {
  const int64_t width = options.hidden_size;
  const int64_t queries = options.num_attention_heads * options.head_size();
  const int64_t keys = options.key_value_heads() * options.head_size();
  const bool tied = options.tie_word_embeddings;
  Declare outside(builder, options.initializer_range, "", "", -1);
  embedding_ = outside.embedding(builder.vocab_size(), width, tied);
  for (int64_t i = 0; i < options.num_hidden_layers; ++i) {
    const std::string number = std::to_string(i);
    Declare declare(builder, options.initializer_range, "model.layers." + number + ".",
                    "blk." + number + ".", i);
    const bool bias = options.attention_bias;
    Block block;
    block.input_norm = declare.norm("input_layernorm", "attn_norm", width, Part::norm);
    block.query_key_value.push_back(declare.affine("self_attn.q_proj", "attn_q", queries, width,
                                                   bias, Part::attention,
                                                   options.num_attention_heads));
    block.query_key_value.push_back(declare.affine("self_attn.k_proj", "attn_k", keys, width, bias,
                                                   Part::attention, options.key_value_heads()));
    block.query_key_value.push_back(
        declare.affine("self_attn.v_proj", "attn_v", keys, width, bias, Part::attention));
    block.output =
        declare.affine("self_attn.o_proj", "attn_output", width, queries, bias, Part::attention);
    block.post_attention_norm =
        declare.norm("post_attention_layernorm", "ffn_norm", width, Part::norm);
    block.gate_and_up.push_back(declare.affine("mlp.gate_proj", "ffn_gate", options.mlp_size(),
                                               width, options.mlp_bias, Part::mlp));
    block.gate_and_up.push_back(declare.affine("mlp.up_proj", "ffn_up", options.mlp_size(), width,
                                               options.mlp_bias, Part::mlp));
    block.down = declare.affine("mlp.down_proj", "ffn_down", width, options.mlp_size(),
                                options.mlp_bias, Part::mlp);
    blocks_.push_back(std::move(block));
  }
  // Old files carry frequencies, which transformers makes anew; GGUF's factors would change them.
  for (int64_t i = 0; i < options.num_hidden_layers; ++i) {
    const std::string name = "layers." + std::to_string(i) + ".self_attn.rotary_emb.inv_freq";
    builder.buffer({{std::string(kPrefix) + name, name}});
  }
  const int64_t pairs = options.head_size() / 2;
  builder.buffer({{"rope_freqs.weight"},
                  [pairs] { return at::ones({pairs}); },
                  {pairs},
                  "factors of rotary frequencies"});
  final_norm_ = outside.norm("model.norm", "output_norm", width, Part::final_norm);
  head_ = tied ? embedding_
               : outside.affine("lm_head", "output", builder.vocab_size(), width, false, Part::head)
                     .weight;
}

torch::Tensor Llama::attention(const ForwardContext& forward, int64_t number,
                               const torch::Tensor& x) const {
  const Block& block = blocks_[static_cast<size_t>(number)];
  const ops::Heads heads{options_.num_attention_heads, options_.key_value_heads(),
                         options_.head_size(), ops::Heads::Order::joined};
  const torch::Tensor context =
      ops::rotary_attention(forward, number, ops::linear(forward, x, block.query_key_value), heads,
                            {options_.head_size(), options_.rope_theta});
  return ops::linear(forward, context, block.output.weight, block.output.bias);
}

torch::Tensor Llama::mlp(const ForwardContext& forward, const torch::Tensor& x,
                         const Block& block) const {
  const torch::Tensor wide = ops::swiglu(forward, ops::linear(forward, x, block.gate_and_up));
  return ops::linear(forward, wide, block.down.weight, block.down.bias);
}

torch::Tensor Llama::blocks(const ForwardContext& forward, const torch::Tensor& tokens) const {
  torch::Tensor x = ops::embedding(forward, tokens, embedding_);
  for (int64_t i = 0; i < options_.num_hidden_layers; ++i) {
    const Block& block = blocks_[static_cast<size_t>(i)];
    const torch::Tensor inner = ops::rms_norm(forward, x, block.input_norm, options_.rms_norm_eps);
    x = ops::add(forward, x, attention(forward, i, inner));
    const torch::Tensor outer =
        ops::rms_norm(forward, x, block.post_attention_norm, options_.rms_norm_eps);
    x = ops::residual(forward, i, ops::add(forward, x, mlp(forward, outer, block)));
  }
  return x;
}

torch::Tensor Llama::final_norm(const ForwardContext& forward, const torch::Tensor& x) const {
  return ops::rms_norm(forward, x, final_norm_, options_.rms_norm_eps, ops::Norm::final);
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::Llama>("llama",
                                  "Llama (Touvron et al. 2023), the architecture of SmolLM2.");
}
