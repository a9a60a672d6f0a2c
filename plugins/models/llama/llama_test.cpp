#include "llama.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>

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

FileOptions read(const FileKeys& keys, const Value& file, const std::set<std::string>& tensors) {
  return read_options(keys, Schema<Options>(), file, "file", tensors);
}

Options from_config(const Value& config) {
  return *static_cast<const Options*>(read(Llama::config_keys(), config, {}).options.get());
}

Options from_gguf(const Value& values, const std::set<std::string>& tensors = {}) {
  return *static_cast<const Options*>(read(Llama::gguf_keys(), values, tensors).options.get());
}

template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string refusal(const Value& config) {
  return refusal([&] { from_config(config); });
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
  EXPECT_EQ(to_json(Llama::to_config(from_config(config))), to_json(config));
}

TEST(Llama, ReadsRotarySettingsInBothDialects) {
  Value config = Llama::to_config(Options{});
  config.erase("rope_parameters");
  config.set("rope_theta", 5000.0);
  EXPECT_EQ(from_config(config).rope_theta, 5000.0);
  Value rope = Value::map();
  rope.set("rope_theta", 7000.0);
  rope.set("rope_type", "default");
  config.set("rope_parameters", rope);
  EXPECT_EQ(from_config(config).rope_theta, 7000.0);
}

TEST(Llama, RefusesByNameWhatItDoesNotCover) {
  Value config = Llama::to_config(Options{});
  config.set("hidden_act", "gelu");
  EXPECT_EQ(
      refusal(config),
      "file: hidden_act: 'gelu' is not covered; only 'silu' is; take a model without this setting");
  config.set("hidden_act", "silu");
  Value scaling = Value::map();
  scaling.set("rope_type", "llama3");
  config.set("rope_scaling", scaling);
  EXPECT_EQ(refusal(config),
            "file: rope_scaling.rope_type: 'llama3' is not covered; only 'default' is; take a "
            "model without this setting");
}

TEST(Llama, ReadsGgufMetadata) {
  const Options options = from_gguf(metadata(), {"blk.0.attn_q.weight"});
  EXPECT_EQ(options.hidden_size, 576);
  EXPECT_EQ(options.num_hidden_layers, 30);
  EXPECT_EQ(options.key_value_heads(), 3);
  EXPECT_EQ(options.head_size(), 64);
  EXPECT_EQ(options.mlp_size(), 1536);
  EXPECT_EQ(options.rope_theta, 100000.0);
  EXPECT_TRUE(options.tie_word_embeddings);
  EXPECT_FALSE(options.attention_bias);
  EXPECT_FALSE(from_gguf(metadata(), {"output.weight"}).tie_word_embeddings);
  EXPECT_TRUE(from_gguf(metadata(), {"blk.3.attn_q.bias"}).attention_bias);
  EXPECT_TRUE(from_gguf(metadata(), {"blk.3.ffn_down.bias"}).mlp_bias);
}

/// Each with a value that changes what the model computes: key, value, what is said.
const std::vector<std::tuple<const char*, Value, const char*>> kRefusedInGguf = {
    {"llama.rope.scaling.type", "yarn", "'yarn' is not covered; only 'none' or 'linear' is"},
    {"llama.rope.scaling.factor", 2.0, "2.0 is not covered; only 0 or 1 is: scaled rotary"},
    {"llama.rope.scale_linear", 4.0, "4.0 is not covered"},
    {"llama.rope.scaling.original_context_length", 2048, "2048 is not covered"},
    {"llama.rope.dimension_count", 32, "32 is not covered; only the width of a head is"},
    {"llama.attention.value_length", 32, "32 is not covered; only the width of a head is"},
    {"llama.attention.sliding_window", 128, "128 is not covered; only windows of at least"},
    {"llama.attention.scale", 1.0, "1.0 is not covered; only 1/sqrt(width of a head) is"},
    {"llama.attention.causal", false, "false is not covered; only true is"},
    {"llama.attention.clamp_kqv", 8.0, "8.0 is not covered"},
    {"llama.attention.max_alibi_bias", 8.0, "8.0 is not covered"},
    {"llama.attn_logit_softcapping", 50.0, "50.0 is not covered"},
    {"llama.final_logit_softcapping", 30.0, "30.0 is not covered"},
    {"llama.logit_scale", 0.0625, "0.0625 is not covered"},
    {"llama.residual_scale", 0.22, "0.22 is not covered"},
    {"llama.embedding_scale", 12.0, "12.0 is not covered"},
    {"llama.expert_count", 8, "8 is not covered; only 0 is: mixtures of experts"},
    {"llama.use_parallel_residual", true, "true is not covered"},
    {"adapter.type", "lora", "'lora' is not covered: an adapter"},
};

TEST(Llama, RefusesByNameWhatWouldChangeValuesInGguf) {
  for (const auto& [key, value, words] : kRefusedInGguf) {
    Value values = metadata();
    values.set(key, value);
    const std::string text = refusal([&] { from_gguf(values); });
    EXPECT_EQ(text.find("file: " + std::string(key) + ": " + words), 0u) << key << ": " << text;
  }
}

TEST(Llama, TakesSettingsInGgufThatChangeNothing) {
  Value values = metadata();
  for (const auto& [key, value] : std::vector<std::pair<const char*, Value>>{
           {"llama.rope.scaling.type", "none"},
           {"llama.rope.scaling.factor", 1.0},
           {"llama.attention.key_length", 64},
           {"llama.attention.value_length", 64},
           {"llama.attention.sliding_window", 8192},
           {"llama.attention.scale", 0.125},
           {"llama.attention.head_count", Value::List(30, Value(9))},
           {"llama.expert_count", 0},
           {"llama.vocab_size", 49152},
           {"general.name", "a model"},
           {"tokenizer.ggml.model", "gpt2"}}) {
    values.set(key, value);
  }
  EXPECT_EQ(read(Llama::gguf_keys(), values, {}).warnings, std::vector<std::string>{});
}

/// Each with a value that changes what the model computes.
const std::vector<std::pair<const char*, Value>> kRefused = {
    {"sliding_window", 128},
    {"attn_logit_softcapping", 50.0},
    {"final_logit_softcapping", 30.0},
    {"embedding_multiplier", 12.0},
    {"residual_multiplier", 0.22},
    {"attention_multiplier", 0.0078},
    {"logits_scaling", 8.0},
    {"logit_scale", 0.0625},
    {"query_pre_attn_scalar", 256},
    {"partial_rotary_factor", 0.5},
    {"rotary_dim", 8},
    {"rope_interleaved", true},
    {"clip_qkv", 8.0},
    {"swiglu_limit", 7.0},
    {"use_qk_norm", true},
    {"num_local_experts", 8},
    {"qkv_bias", true},
    {"bias", true},
    {"is_causal", false},
    {"use_bidirectional_attention", true},
    {"rms_norm_add_unit_offset", true},
    {"layer_norm_eps", 1e-3},
    {"scale_emb", 12},
    {"scale_depth", 1.4},
    {"no_rope_layer_interval", 4},
    {"attention_chunk_size", 64},
    {"rope_ratio", 2.0},
    {"position_embedding_type", "alibi"},
    {"hidden_activation", "gelu_pytorch_tanh"},
    {"quantization_config", Value::map()},
    {"layer_types", Value::List{"full_attention", "sliding_attention"}},
};

TEST(Llama, RefusesByNameWhatWouldChangeValues) {
  for (const auto& [key, value] : kRefused) {
    Value config = Llama::to_config(Options{});
    config.set(key, value);
    const std::string text = refusal(config);
    EXPECT_EQ(text.find("file: " + std::string(key) + ": "), 0u) << key << ": " << text;
    EXPECT_NE(text.find("is not covered"), std::string::npos) << text;
  }
}

/// Parts of rope_parameters and rope_scaling, in both of their spellings.
TEST(Llama, RefusesEveryKindOfScaledPositions) {
  for (const char* map : {"rope_parameters", "rope_scaling"}) {
    for (const auto& [key, value] :
         std::vector<std::pair<const char*, Value>>{{"rope_type", "linear"},
                                                    {"type", "dynamic"},
                                                    {"rope_type", "yarn"},
                                                    {"rope_type", "longrope"},
                                                    {"factor", 2.0},
                                                    {"low_freq_factor", 1.0},
                                                    {"short_factor", Value::List{1.0, 1.1}},
                                                    {"mrope_section", Value::List{16, 24, 24}},
                                                    {"attention_factor", 1.2},
                                                    {"partial_rotary_factor", 0.5},
                                                    {"full_attention", Value::map()},
                                                    {"something_new", 3}}) {
      Value config = Llama::to_config(Options{});
      config.erase("rope_parameters");
      Value rope = Value::map();
      rope.set(key, value);
      config.set(map, rope);
      const std::string text = refusal(config);
      EXPECT_EQ(text.find("file: " + std::string(map) + "." + key + ": "), 0u) << key << text;
    }
  }
}

TEST(Llama, TakesSettingsThatChangeNothing) {
  Value config = Llama::to_config(Options{});
  for (const auto& [key, value] : std::vector<std::pair<const char*, Value>>{
           {"sliding_window", nullptr},
           {"sliding_window", 4096},
           {"layer_types", Value::List{"full_attention", "full_attention"}},
           {"query_pre_attn_scalar", 64},
           {"attention_multiplier", 0.125},
           {"embedding_multiplier", 1},
           {"logits_scaling", 1.0},
           {"rope_interleaved", false},
           {"transformers.js_config", Value::map()},
           {"num_key_value_heads", Value::List(30, Value(9))},
           {"use_cache", true},
           {"torch_dtype", "bfloat16"},
           {"vocab_size", 10}}) {
    config.set(key, value);
  }
  EXPECT_EQ(read(Llama::config_keys(), config, {}).warnings, std::vector<std::string>{});
}

TEST(Llama, WarnsOfKeysThatNobodyKnows) {
  Value config = Llama::to_config(Options{});
  config.set("bottleneck_size", 64);
  config.set("nobody", Value::map());
  EXPECT_EQ(read(Llama::config_keys(), config, {}).warnings,
            (std::vector<std::string>{
                "file: bottleneck_size: 64 is not used: this key is not known here",
                "file: nobody: a mapping is not used: this key is not known here"}));
  Value values = metadata();
  values.set("llama.bottleneck_length", 64);
  values.set("tokenizer.ggml.surprise", true);
  EXPECT_EQ(read(Llama::gguf_keys(), values, {}).warnings,
            (std::vector<std::string>{
                "file: llama.bottleneck_length: 64 is not used: this key is not known here",
                "file: tokenizer.ggml.surprise: true is not used: this key is not known here"}));
}

TEST(Llama, DropoutIsSaidAndKept) {
  Value config = Llama::to_config(Options{});
  config.set("attention_dropout", 0.5);
  const FileOptions found = read(Llama::config_keys(), config, {});
  EXPECT_EQ(found.warnings, std::vector<std::string>{
                                "file: attention_dropout: 0.5 is not applied: leakprobe trains "
                                "without dropout"});
  EXPECT_EQ(*found.kept.find("attention_dropout"), Value(0.5));
}

TEST(Llama, NumbersOfFilesPassTheRangesOfExperiments) {
  const auto config_with = [](const char* key, Value value) {
    Value config = Llama::to_config(Options{});
    config.set(key, std::move(value));
    return config;
  };
  EXPECT_EQ(refusal(config_with("num_attention_heads", 0)),
            "file: num_attention_heads: must be from 1 to 2147483647, found the number 0; correct "
            "it, or get it again");
  // In an experiment 0 stands for the usual number; in a file it is a mistake.
  for (const char* key : {"num_key_value_heads", "head_dim", "intermediate_size"}) {
    EXPECT_EQ(refusal(config_with(key, 0)),
              "file: " + std::string(key) +
                  ": must be at least 1, found the number 0; correct it, or get it again");
  }
  EXPECT_EQ(refusal(config_with("hidden_size", -1)),
            "file: hidden_size: must be from 1 to 2147483647, found the number -1; correct it, or "
            "get it again");
  EXPECT_EQ(
      refusal(config_with("rms_norm_eps", -1.0)),
      "file: rms_norm_eps: must be above 0, found the number -1.0; correct it, or get it again");
  EXPECT_EQ(refusal(config_with("max_position_embeddings", 0)),
            "file: max_position_embeddings: must be from 1 to 2147483647, found the number 0; "
            "correct it, or get it again");
  EXPECT_EQ(refusal(config_with("num_key_value_heads", 2)),
            "file: num_key_value_heads: num_key_value_heads must divide num_attention_heads; "
            "correct it, or get it again");
  EXPECT_EQ(refusal(config_with("intermediate_size", nullptr)),
            "file: intermediate_size: is missing; it is needed to build the model; correct it, or "
            "get it again");
  EXPECT_EQ(refusal(config_with("hidden_size", "576")),
            "file: hidden_size: expected an integer, found '576'; correct it, or get it again");
  EXPECT_EQ(refusal(config_with("num_attention_heads", Value::List{9, 8})),
            "file: num_attention_heads: is not covered: 9 in one layer and 8 in another; only "
            "layers that are all alike are; take a model whose layers are alike");
  Value values = metadata();
  for (const char* key : {"llama.attention.head_count_kv", "llama.feed_forward_length"}) {
    const Value good = values.at(key);
    values.set(key, 0);
    EXPECT_EQ(refusal([&] { from_gguf(values); }),
              "file: " + std::string(key) +
                  ": must be at least 1, found the number 0; correct it, or get it again");
    values.set(key, good);
  }
  values.set("llama.attention.head_count", 0);
  EXPECT_EQ(refusal([&] { from_gguf(values); }),
            "file: llama.attention.head_count: must be from 1 to 2147483647, found the number 0; "
            "correct it, or get it again");
}

TEST(Llama, ThetaInsideRopeScalingWins) {
  Value config = Llama::to_config(Options{});
  Value rope = Value::map();
  rope.set("rope_type", "default");
  rope.set("rope_theta", 50.0);
  config.set("rope_scaling", rope);
  const FileOptions found = read(Llama::config_keys(), config, {});
  EXPECT_EQ(static_cast<const Options*>(found.options.get())->rope_theta, 50.0);
  EXPECT_EQ(found.warnings.size(), 2u) << "of both others";
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
