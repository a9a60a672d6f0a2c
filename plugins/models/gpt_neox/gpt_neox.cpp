#include "gpt_neox.h"

#include <string>
#include <string_view>
#include <utility>

#include "leakprobe/model_config.h"
#include "leakprobe/plugin.h"

namespace leakprobe {
namespace {

constexpr std::string_view kPrefix = "gpt_neox.";
constexpr const char* kHead = "embed_out.weight";
constexpr const char* kSecondHead = "lm_head.weight";  // in transformers 5

/// Declares parameters with the deviations of the reference implementation.
class Declare {
 public:
  Declare(ModelBuilder& builder, double deviation) : builder_(builder), deviation_(deviation) {}

  torch::Tensor matrix(const std::string& name, int64_t rows, int64_t columns, int64_t block,
                       Part part) {
    return declare({name, {rows, columns}, block, part, ""}, {deviation_, 0.0});
  }
  torch::Tensor vector(const std::string& name, int64_t size, double start, int64_t block,
                       Part part) {
    return declare({name, {size}, block, part, ""}, {0.0, start});
  }
  ops::Affine affine(const std::string& name, int64_t outputs, int64_t inputs, bool bias,
                     int64_t block, Part part) {
    ops::Affine map;
    map.weight = matrix(name + ".weight", outputs, inputs, block, part);
    if (bias) map.bias = vector(name + ".bias", outputs, 0.0, block, part);
    return map;
  }

  torch::Tensor head(int64_t rows, int64_t columns) {
    ParameterSpec spec;
    spec.info = {kHead, {rows, columns}, -1, Part::head, ""};
    spec.init.deviation = deviation_;
    spec.aliases = {kSecondHead};
    return builder_.parameter(spec);
  }
  torch::Tensor embedding(int64_t rows, int64_t columns, bool tied) {
    ParameterSpec spec;
    spec.info = {
        "gpt_neox.embed_in.weight", {rows, columns}, -1, Part::embedding, tied ? kHead : ""};
    spec.init.deviation = deviation_;
    spec.aliases = {"embed_in.weight"};
    if (tied) spec.aliases.push_back(kSecondHead);
    return builder_.parameter(spec);
  }

 private:
  torch::Tensor declare(ParameterInfo info, ParameterSpec::Init init) {
    ParameterSpec spec;
    spec.info = std::move(info);
    spec.init = init;
    // Models without a head are stored without this prefix.
    spec.aliases = {spec.info.name.substr(kPrefix.size())};
    return builder_.parameter(spec);
  }

  ModelBuilder& builder_;
  double deviation_;
};

}  // namespace

int64_t GptNeox::Options::rotary_dimensions() const {
  return static_cast<int64_t>(static_cast<double>(head_size()) * rotary_pct);
}

void GptNeox::Options::declare(Schema<Options>& schema) {
  schema.field("hidden_size", &Options::hidden_size, between(int64_t{1}, kLargestDimension),
               "Width of the residual stream.", "numbers");
  schema.field("num_hidden_layers", &Options::num_hidden_layers,
               between(int64_t{1}, kLargestDimension), "Number of transformer blocks.", "blocks");
  schema.field("num_attention_heads", &Options::num_attention_heads,
               between(int64_t{1}, kLargestDimension), "Number of attention heads a block.",
               "heads");
  schema.field("intermediate_size", &Options::intermediate_size,
               between(int64_t{0}, kLargestDimension),
               "Width inside the MLP; 0 stands for four times hidden_size.", "numbers");
  schema.field("max_position_embeddings", &Options::max_position_embeddings,
               between(int64_t{1}, kLargestDimension), "Longest row that the model takes.",
               "tokens");
  schema.field("rotary_pct", &Options::rotary_pct, between(0.0, 1.0),
               "Share of each head that rotary positions turn.");
  schema.field("rotary_emb_base", &Options::rotary_emb_base, above(0.0),
               "Base of the rotary frequencies.");
  schema.field("layer_norm_eps", &Options::layer_norm_eps, above(0.0),
               "Added to the variance in layer norms.");
  schema.field("use_parallel_residual", &Options::use_parallel_residual, kAny,
               "Whether attention and MLP read the same residual stream instead of the MLP reading "
               "what attention left.");
  schema.field("attention_bias", &Options::attention_bias, kAny,
               "Whether the linear maps of attention have biases.");
  schema.field("tie_word_embeddings", &Options::tie_word_embeddings, kAny,
               "Whether the output head is the input embedding.");
  schema.field("initializer_range", &Options::initializer_range, at_least(0.0),
               "Standard deviation of random weights.");
  schema.relation("num_attention_heads", "num_attention_heads must divide hidden_size",
                  [](const Options& o) { return o.hidden_size % o.num_attention_heads == 0; });
  schema.relation(
      "rotary_pct",
      "rotary_pct must give no more rotated numbers a head than it has, in whole pairs",
      [](const Options& o) { return (o.rotary_dimensions() + 1) / 2 * 2 <= o.head_size(); });
}

ModelFacts GptNeox::facts(const Options& options) {
  return {options.hidden_size, options.num_hidden_layers, options.max_position_embeddings};
}

std::vector<ModelShape<GptNeox::Options>> GptNeox::shapes() {
  const auto pythia = [](const char* name, int64_t width, int64_t blocks, int64_t heads,
                         int64_t vocabulary) {
    Options options;
    options.hidden_size = width;
    options.num_hidden_layers = blocks;
    options.num_attention_heads = heads;
    options.intermediate_size = 4 * width;
    return ModelShape<Options>{name, options, vocabulary};
  };
  return {
      pythia("pythia-14m", 128, 6, 4, 50304),     pythia("pythia-31m", 256, 6, 8, 50304),
      pythia("pythia-70m", 512, 6, 8, 50304),     pythia("pythia-160m", 768, 12, 12, 50304),
      pythia("pythia-410m", 1024, 24, 16, 50304), pythia("pythia-1b", 2048, 16, 8, 50304),
      pythia("pythia-1.4b", 2048, 24, 16, 50304), pythia("pythia-2.8b", 2560, 32, 32, 50304),
      pythia("pythia-6.9b", 4096, 32, 32, 50432),
  };
}

std::vector<std::string> GptNeox::examples() {
  const std::string sizes =
      "hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32";
  return {"{" + sizes + "}", "{" + sizes +
                                 ", use_parallel_residual: false, attention_bias: false, "
                                 "tie_word_embeddings: true}"};
}

Value GptNeox::to_config(const Options& options) {
  Value config = Value::map();
  config.set("architectures", Value(Value::List{Value("GPTNeoXForCausalLM")}));
  config.set("model_type", kModelType);
  config.set("hidden_size", options.hidden_size);
  config.set("num_hidden_layers", options.num_hidden_layers);
  config.set("num_attention_heads", options.num_attention_heads);
  config.set("intermediate_size", options.mlp_size());
  config.set("max_position_embeddings", options.max_position_embeddings);
  config.set("hidden_act", "gelu");
  config.set("layer_norm_eps", options.layer_norm_eps);
  config.set("use_parallel_residual", options.use_parallel_residual);
  config.set("attention_bias", options.attention_bias);
  config.set("tie_word_embeddings", options.tie_word_embeddings);
  config.set("initializer_range", options.initializer_range);
  config.set("attention_dropout", 0.0);
  config.set("hidden_dropout", 0.0);
  // transformers 4 reads the first two, 5 the last.
  config.set("rotary_pct", options.rotary_pct);
  config.set("rotary_emb_base", options.rotary_emb_base);
  Value rope = rope_parameters(options.rotary_emb_base, options.rotary_pct);
  rope.set("partial_rotary_factor", options.rotary_pct);
  config.set("rope_parameters", std::move(rope));
  return config;
}

GptNeox::GptNeox(const Options& options, ModelBuilder& builder) : options_(options) {
  Declare declare(builder, options.initializer_range);
  const int64_t width = options.hidden_size;
  const auto norm = [&](const std::string& name, int64_t block, Part part) {
    return Norm{declare.vector(name + ".weight", width, 1.0, block, part),
                declare.vector(name + ".bias", width, 0.0, block, part)};
  };
  embedding_ = declare.embedding(builder.vocab_size(), width, options.tie_word_embeddings);
  for (int64_t i = 0; i < options.num_hidden_layers; ++i) {
    const std::string prefix = "gpt_neox.layers." + std::to_string(i) + ".";
    const std::string attention = prefix + "attention.";
    Block block;
    block.input_norm = norm(prefix + "input_layernorm", i, Part::norm);
    block.post_attention_norm = norm(prefix + "post_attention_layernorm", i, Part::norm);
    block.query_key_value = declare.affine(attention + "query_key_value", 3 * width, width,
                                           options.attention_bias, i, Part::attention);
    block.dense = declare.affine(attention + "dense", width, width, options.attention_bias, i,
                                 Part::attention);
    block.widen =
        declare.affine(prefix + "mlp.dense_h_to_4h", options.mlp_size(), width, true, i, Part::mlp);
    block.narrow =
        declare.affine(prefix + "mlp.dense_4h_to_h", width, options.mlp_size(), true, i, Part::mlp);
    blocks_.push_back(std::move(block));
  }
  // Old files carry causal masks and frequencies, which transformers makes anew.
  for (int64_t i = 0; i < options.num_hidden_layers; ++i) {
    for (const std::string& prefix : {std::string(kPrefix), std::string()}) {
      const std::string attention = prefix + "layers." + std::to_string(i) + ".attention.";
      builder.buffer(
          {{attention + "bias", attention + "masked_bias", attention + "rotary_emb.inv_freq"}});
    }
  }
  final_norm_ = norm("gpt_neox.final_layer_norm", -1, Part::final_norm);
  head_ = options.tie_word_embeddings ? embedding_ : declare.head(builder.vocab_size(), width);
}

torch::Tensor GptNeox::normed(const ForwardContext& forward, const torch::Tensor& x,
                              const Norm& norm) const {
  return ops::layer_norm(forward, x, norm.weight, norm.bias, options_.layer_norm_eps);
}

torch::Tensor GptNeox::attention(const ForwardContext& forward, int64_t number,
                                 const torch::Tensor& x) const {
  const Block& block = blocks_[static_cast<size_t>(number)];
  const ops::Heads heads{options_.num_attention_heads, options_.num_attention_heads,
                         options_.head_size(), ops::Heads::Order::by_head};
  const torch::Tensor query_key_value =
      ops::linear(forward, x, block.query_key_value.weight, block.query_key_value.bias);
  const torch::Tensor context =
      ops::rotary_attention(forward, number, query_key_value, heads,
                            {options_.rotary_dimensions(), options_.rotary_emb_base});
  return ops::linear(forward, context, block.dense.weight, block.dense.bias);
}

torch::Tensor GptNeox::mlp(const ForwardContext& forward, const torch::Tensor& x,
                           const Block& block) const {
  const torch::Tensor wide =
      ops::gelu(forward, ops::linear(forward, x, block.widen.weight, block.widen.bias));
  return ops::linear(forward, wide, block.narrow.weight, block.narrow.bias);
}

torch::Tensor GptNeox::blocks(const ForwardContext& forward, const torch::Tensor& tokens) const {
  torch::Tensor x = ops::embedding(forward, tokens, embedding_);
  for (int64_t i = 0; i < options_.num_hidden_layers; ++i) {
    const Block& block = blocks_[static_cast<size_t>(i)];
    const torch::Tensor attended = attention(forward, i, normed(forward, x, block.input_norm));
    if (options_.use_parallel_residual) {
      const torch::Tensor widened =
          mlp(forward, normed(forward, x, block.post_attention_norm), block);
      x = ops::add(forward, x, attended, widened);
    } else {
      x = ops::add(forward, x, attended);
      x = ops::add(forward, x, mlp(forward, normed(forward, x, block.post_attention_norm), block));
    }
    x = ops::residual(forward, i, x);
  }
  return x;
}

torch::Tensor GptNeox::final_norm(const ForwardContext& forward, const torch::Tensor& x) const {
  return ops::layer_norm(forward, x, final_norm_.weight, final_norm_.bias, options_.layer_norm_eps,
                         ops::Norm::final);
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::GptNeox>("gpt_neox",
                                    "GPT-NeoX (Black et al. 2022), the architecture of Pythia.");
}
