#include <leakprobe/model_config.h>
#include <leakprobe/ops.h>
#include <leakprobe/plugin.h>

using namespace leakprobe;

namespace {

/// Blocks of attention and of an MLP, each behind a norm, with rotary positions.
class ExampleModel final : public Model {
 public:
  struct Options {
    int64_t hidden_size = 32;
    int64_t num_hidden_layers = 2;
    int64_t num_attention_heads = 4;
    int64_t max_position_embeddings = 512;
    double rms_norm_eps = 1e-5;
    double initializer_range = 0.02;

    int64_t head_size() const { return hidden_size / num_attention_heads; }
    static void declare(Schema<Options>& schema) {
      const auto dimension = [] { return between(int64_t{1}, kLargestDimension); };
      schema.field("hidden_size", &Options::hidden_size, dimension(),
                   "Width of the residual stream.", "numbers");
      schema.field("num_hidden_layers", &Options::num_hidden_layers, dimension(),
                   "Number of transformer blocks.", "blocks");
      schema.field("num_attention_heads", &Options::num_attention_heads, dimension(),
                   "Number of attention heads a block.", "heads");
      schema.field("max_position_embeddings", &Options::max_position_embeddings, dimension(),
                   "Longest row that the model takes.", "tokens");
      schema.field("rms_norm_eps", &Options::rms_norm_eps, above(0.0),
                   "Added to the mean square in norms.");
      schema.field("initializer_range", &Options::initializer_range, at_least(0.0),
                   "Standard deviation of random weights.");
      schema.relation(
          "num_attention_heads",
          "num_attention_heads must divide hidden_size into heads of an even width",
          [](const Options& o) { return o.hidden_size % (2 * o.num_attention_heads) == 0; });
    }
  };

  static constexpr const char* kModelType = "example_model";
  static ModelFacts facts(const Options& options) {
    return {options.hidden_size, options.num_hidden_layers, options.max_position_embeddings};
  }
  static std::vector<ModelShape<Options>> shapes() { return {}; }
  static FileKeys config_keys() {
    FileKeys keys = FileKeys::config();
    keys.required("hidden_size")
        .required("num_hidden_layers")
        .required("num_attention_heads")
        .optional("max_position_embeddings")
        .optional("rms_norm_eps")
        .optional("initializer_range");
    return keys;
  }
  static Value to_config(const Options& options) {
    Value config = Value::map();
    config.set("model_type", kModelType);
    config.set("hidden_size", options.hidden_size);
    config.set("num_hidden_layers", options.num_hidden_layers);
    config.set("num_attention_heads", options.num_attention_heads);
    config.set("max_position_embeddings", options.max_position_embeddings);
    config.set("rms_norm_eps", options.rms_norm_eps);
    config.set("initializer_range", options.initializer_range);
    return config;
  }

  ExampleModel(const Options& options, ModelBuilder& builder) : options_(options) {
    const int64_t width = options.hidden_size;
    const auto matrix = [&](const std::string& name, int64_t rows, int64_t columns, int64_t block,
                            Part part) {
      return builder.parameter(
          {{name, {rows, columns}, block, part, ""}, {options.initializer_range, 0.0}});
    };
    const auto norm = [&](const std::string& name, int64_t block, Part part) {
      return builder.parameter({{name, {width}, block, part, ""}, {0.0, 1.0}});
    };
    embedding_ = matrix("model.embed.weight", builder.vocab_size(), width, -1, Part::embedding);
    for (int64_t i = 0; i < options.num_hidden_layers; ++i) {
      const std::string at = "model.blocks." + std::to_string(i) + ".";
      blocks_.push_back({norm(at + "attention_norm.weight", i, Part::norm),
                         matrix(at + "attention.weight", 3 * width, width, i, Part::attention),
                         matrix(at + "output.weight", width, width, i, Part::attention),
                         norm(at + "mlp_norm.weight", i, Part::norm),
                         matrix(at + "widen.weight", 4 * width, width, i, Part::mlp),
                         matrix(at + "narrow.weight", width, 4 * width, i, Part::mlp)});
    }
    final_norm_ = norm("model.norm.weight", -1, Part::final_norm);
    head_ = matrix("head.weight", builder.vocab_size(), width, -1, Part::head);
  }

  torch::Tensor blocks(const ForwardContext& forward, const torch::Tensor& tokens) const override {
    const ops::Heads heads{options_.num_attention_heads, options_.num_attention_heads,
                           options_.head_size()};
    const ops::Rotary rotary{options_.head_size()};
    torch::Tensor x = ops::embedding(forward, tokens, embedding_);
    for (int64_t i = 0; i < options_.num_hidden_layers; ++i) {
      const Block& block = blocks_[static_cast<size_t>(i)];
      const torch::Tensor seen = ops::rotary_attention(
          forward, i,
          ops::linear(forward, normed(forward, x, block.attention_norm), block.attention), heads,
          rotary);
      x = ops::add(forward, x, ops::linear(forward, seen, block.output));
      const torch::Tensor wide =
          ops::linear(forward, normed(forward, x, block.mlp_norm), block.widen);
      x = ops::add(forward, x, ops::linear(forward, ops::gelu(forward, wide), block.narrow));
      x = ops::residual(forward, i, x);
    }
    return x;
  }

  torch::Tensor final_norm(const ForwardContext& forward, const torch::Tensor& x) const override {
    return ops::rms_norm(forward, x, final_norm_, options_.rms_norm_eps, ops::Norm::final);
  }

  Head head() const override { return {head_, {}}; }

 private:
  struct Block {
    torch::Tensor attention_norm, attention, output, mlp_norm, widen, narrow;
  };

  torch::Tensor normed(const ForwardContext& forward, const torch::Tensor& x,
                       const torch::Tensor& weight) const {
    return ops::rms_norm(forward, x, weight, options_.rms_norm_eps);
  }

  const Options options_;
  torch::Tensor embedding_;
  std::vector<Block> blocks_;
  torch::Tensor final_norm_;
  torch::Tensor head_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleModel>("example.model",
                              "A transformer with norms before attention and MLP.");
}
