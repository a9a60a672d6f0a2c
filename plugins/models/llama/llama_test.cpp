#include "llama.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

using Options = Llama::Options;

/// Tensors without numbers; remembers what was declared.
class Survey final : public ModelBuilder {
 public:
  explicit Survey(int64_t vocab_size) : vocab_size_(vocab_size) {}
  torch::Tensor parameter(const ParameterSpec& spec) override {
    specs.push_back(spec);
    return torch::empty(spec.info.shape,
                        torch::TensorOptions(torch::kFloat32).device(torch::kMeta));
  }
  int64_t vocab_size() const override { return vocab_size_; }
  int64_t count() const {
    int64_t total = 0;
    for (const ParameterSpec& spec : specs) {
      int64_t size = 1;
      for (const int64_t side : spec.info.shape) size *= side;
      total += size;
    }
    return total;
  }
  const ParameterSpec& at(const std::string& name) const {
    for (const ParameterSpec& spec : specs) {
      if (spec.info.name == name) return spec;
    }
    throw Error("no parameter " + name);
  }
  std::vector<ParameterSpec> specs;

 private:
  int64_t vocab_size_;
};

std::string refusal(const ConfigReader& config) {
  try {
    Llama::from_config(config);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Value metadata() {
  Value values = Value::map();
  values.set("general.architecture", "llama");
  values.set("llama.block_count", 30);
  values.set("llama.embedding_length", 576);
  values.set("llama.feed_forward_length", 1536);
  values.set("llama.attention.head_count", 9);
  values.set("llama.attention.head_count_kv", 3);
  values.set("llama.attention.layer_norm_rms_epsilon", 1e-5);
  values.set("llama.rope.freq_base", 100000.0);
  values.set("llama.rope.dimension_count", 64);
  values.set("llama.context_length", 8192);
  return values;
}

TEST(Llama, ShapesHaveTheParameterCountsOfSmolLm2) {
  const std::map<std::string, int64_t> published = {{"smollm2-135m", 134'515'008},
                                                    {"smollm2-360m", 361'821'120},
                                                    {"smollm2-1.7b", 1'711'376'384}};
  for (const auto& shape : Llama::shapes()) {
    Survey survey(shape.vocab_size);
    const Llama model(shape.options, survey);
    EXPECT_EQ(survey.count(), published.at(shape.name)) << shape.name;
  }
}

TEST(Llama, ConfigSurvivesTheWayOutAndBack) {
  Options options;
  options.hidden_size = 48;
  options.num_hidden_layers = 3;
  options.num_attention_heads = 4;
  options.num_key_value_heads = 2;
  options.head_dim = 16;
  options.intermediate_size = 100;
  options.rope_theta = 20000;
  options.rms_norm_eps = 1e-6;
  options.attention_bias = true;
  options.mlp_bias = true;
  options.tie_word_embeddings = true;
  const Value config = Llama::to_config(options);
  EXPECT_EQ(to_json(Llama::to_config(Llama::from_config({config, "config.json"}))),
            to_json(config));
}

TEST(Llama, ReadsRotarySettingsInBothDialects) {
  Value config = Llama::to_config(Options{});
  config.erase("rope_parameters");
  config.set("rope_theta", 5000.0);
  EXPECT_EQ(Llama::from_config({config, "config.json"}).rope_theta, 5000.0);
  Value rope = Value::map();
  rope.set("rope_theta", 7000.0);
  rope.set("rope_type", "default");
  config.set("rope_parameters", rope);
  EXPECT_EQ(Llama::from_config({config, "config.json"}).rope_theta, 7000.0);
}

TEST(Llama, RefusesByNameWhatItDoesNotCover) {
  Value config = Llama::to_config(Options{});
  config.set("hidden_act", "gelu");
  EXPECT_EQ(refusal({config, "config.json"}),
            "config.json: hidden_act: 'gelu' is not covered; only 'silu' is");
  config.set("hidden_act", "silu");
  Value scaling = Value::map();
  scaling.set("rope_type", "llama3");
  config.set("rope_scaling", scaling);
  EXPECT_EQ(refusal({config, "config.json"}),
            "config.json: rope_scaling.rope_type: 'llama3' is not covered; only 'default' is");
}

TEST(Llama, ReadsGgufMetadata) {
  Value values = metadata();
  values.set(kGgufHasHead, false);
  const Options options = *Llama::from_gguf({values, "model.gguf"});
  EXPECT_EQ(options.hidden_size, 576);
  EXPECT_EQ(options.num_hidden_layers, 30);
  EXPECT_EQ(options.key_value_heads(), 3);
  EXPECT_EQ(options.head_size(), 64);
  EXPECT_EQ(options.mlp_size(), 1536);
  EXPECT_EQ(options.rope_theta, 100000.0);
  EXPECT_TRUE(options.tie_word_embeddings);
  values.set(kGgufHasHead, true);
  EXPECT_FALSE(Llama::from_gguf({values, "model.gguf"})->tie_word_embeddings);
}

TEST(Llama, LeavesGgufFilesOfOtherArchitecturesAlone) {
  Value values = metadata();
  values.set("general.architecture", "gemma");
  EXPECT_FALSE(Llama::from_gguf({values, "model.gguf"}).has_value());
}

TEST(Llama, RefusesScaledPositionsInGguf) {
  Value values = metadata();
  values.set("llama.rope.scaling.type", "yarn");
  EXPECT_THROW(Llama::from_gguf({values, "model.gguf"}), Error);
  values = metadata();
  values.set("llama.rope.dimension_count", 32);
  EXPECT_THROW(Llama::from_gguf({values, "model.gguf"}), Error);
}

TEST(Llama, SaysWhichMatricesGgufInterleaves) {
  Survey survey(49152);
  const Llama model(Llama::shapes().front().options, survey);
  EXPECT_EQ(survey.at("model.layers.3.self_attn.q_proj.weight").gguf_interleaved_heads, 9);
  EXPECT_EQ(survey.at("model.layers.3.self_attn.k_proj.weight").gguf_interleaved_heads, 3);
  EXPECT_EQ(survey.at("model.layers.3.self_attn.v_proj.weight").gguf_interleaved_heads, 0);
  EXPECT_EQ(survey.at("model.layers.3.mlp.down_proj.weight").gguf_name, "blk.3.ffn_down.weight");
  EXPECT_EQ(survey.specs.front().info.tied_to, "lm_head.weight");
}

}  // namespace
}  // namespace leakprobe
