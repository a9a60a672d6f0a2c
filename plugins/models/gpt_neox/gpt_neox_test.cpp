#include "gpt_neox.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "leakprobe/error.h"

namespace leakprobe {
namespace {

using Options = GptNeox::Options;

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
  std::vector<ParameterSpec> specs;

 private:
  int64_t vocab_size_;
};

FileOptions read(const Value& config) {
  return read_options(GptNeox::config_keys(), Schema<Options>(), config, "config.json");
}

Options from_config(const Value& config) {
  return *static_cast<const Options*>(read(config).options.get());
}

Value config_with(const std::string& key, Value value) {
  Value config = GptNeox::to_config(Options{});
  config.set(key, std::move(value));
  return config;
}

std::string refusal(const Value& config) {
  try {
    read(config);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(GptNeox, ShapesHaveTheParameterCountsOfPythia) {
  // "Total params" of the Pythia paper, table 1; its small models there: 70M to 6.9B.
  const std::map<std::string, int64_t> published = {
      {"pythia-70m", 70'426'624},    {"pythia-160m", 162'322'944},   {"pythia-410m", 405'334'016},
      {"pythia-1b", 1'011'781'632},  {"pythia-1.4b", 1'414'647'808}, {"pythia-2.8b", 2'775'208'960},
      {"pythia-6.9b", 6'857'302'016}};
  for (const auto& shape : GptNeox::shapes()) {
    if (!published.contains(shape.name)) continue;
    Survey survey(shape.vocab_size);
    GptNeox model(shape.options, survey);
    EXPECT_EQ(survey.count(), published.at(shape.name)) << shape.name;
    EXPECT_EQ(shape.options.rotary_dimensions(),
              static_cast<int64_t>(shape.options.head_size() * 0.25));
  }
}

TEST(GptNeox, ConfigSurvivesTheWayOutAndBack) {
  Options options;
  options.hidden_size = 48;
  options.num_hidden_layers = 3;
  options.num_attention_heads = 4;
  options.intermediate_size = 100;
  options.rotary_pct = 0.5;
  options.rotary_emb_base = 20000;
  options.layer_norm_eps = 1e-6;
  options.use_parallel_residual = false;
  options.attention_bias = false;
  options.tie_word_embeddings = true;
  const Value config = GptNeox::to_config(options);
  EXPECT_EQ(to_json(GptNeox::to_config(from_config(config))), to_json(config));
}

TEST(GptNeox, ReadsRotarySettingsInBothDialects) {
  Value old = Value::map();
  for (const char* key :
       {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"}) {
    old.set(key, int64_t{8});
  }
  old.set("rotary_pct", 0.75);
  old.set("rotary_emb_base", 5000);
  old.set("attention_dropout", 0.1);
  const Options from_old = from_config(old);
  EXPECT_EQ(from_old.rotary_pct, 0.75);
  EXPECT_EQ(from_old.rotary_emb_base, 5000.0);

  Value rope = Value::map();
  rope.set("rope_theta", 7000.0);
  rope.set("rope_type", "default");
  rope.set("partial_rotary_factor", 0.5);
  const Options from_new = from_config(config_with("rope_parameters", rope));
  EXPECT_EQ(from_new.rotary_pct, 0.5);
  EXPECT_EQ(from_new.rotary_emb_base, 7000.0);
}

TEST(GptNeox, RefusesByNameWhatItDoesNotCover) {
  EXPECT_EQ(refusal(config_with("hidden_act", "gelu_new")),
            "config.json: hidden_act: 'gelu_new' is not covered; only 'gelu' is; take a model "
            "without this setting");
  Value rope = Value::map();
  rope.set("rope_type", "yarn");
  EXPECT_EQ(refusal(config_with("rope_parameters", rope)),
            "config.json: rope_parameters.rope_type: 'yarn' is not covered; only 'default' is; "
            "take a model without this setting");
  Value scaling = Value::map();
  scaling.set("type", "linear");
  EXPECT_EQ(refusal(config_with("rope_scaling", scaling)),
            "config.json: rope_scaling.type: 'linear' is not covered; only 'default' is; take a "
            "model without this setting");
}

TEST(GptNeox, RefusesByNameWhatWouldChangeValues) {
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, Value>>{{"rope_theta", 500.0},
                                                  {"partial_rotary_factor", 0.5},
                                                  {"rotary_ndims", 8},
                                                  {"num_key_value_heads", 2},
                                                  {"layer_norm_epsilon", 1e-3},
                                                  {"sliding_window", 128},
                                                  {"attn_logit_softcapping", 50.0},
                                                  {"embedding_multiplier", 12.0},
                                                  {"use_qk_layernorm", true},
                                                  {"mlp_bias", false},
                                                  {"use_alibi", true},
                                                  {"is_causal", false},
                                                  {"quantization_config", Value::map()}}) {
    const std::string text = refusal(config_with(key, value));
    EXPECT_EQ(text.find("config.json: " + std::string(key) + ": "), 0u) << key << ": " << text;
  }
}

TEST(GptNeox, TakesTheConfigurationsOfPythiaAndNeox20B) {
  Value config = config_with("rope_theta", 10000);
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, Value>>{{"attention_probs_dropout_prob", 0},
                                                  {"hidden_dropout_prob", 0},
                                                  {"classifier_dropout", 0.1},
                                                  {"partial_rotary_factor", 0.25},
                                                  {"rope_scaling", nullptr},
                                                  {"use_cache", true},
                                                  {"torch_dtype", "float16"},
                                                  {"transformers_version", "4.24.0"}}) {
    config.set(key, value);
  }
  EXPECT_EQ(read(config).warnings, std::vector<std::string>{});
}

TEST(GptNeox, DropoutIsSaidAndKeptAndUnknownKeysAreSaid) {
  Value config = config_with("hidden_dropout", 0.1);
  config.set("novelty", 3);
  const FileOptions found = read(config);
  EXPECT_EQ(found.warnings,
            (std::vector<std::string>{
                "config.json: hidden_dropout: 0.1 is not applied: leakprobe trains without dropout",
                "config.json: novelty: 3 is not used: this key is not known here"}));
  EXPECT_EQ(*found.kept.find("hidden_dropout"), Value(0.1));
}

TEST(GptNeox, NumbersOfFilesPassTheRangesOfExperiments) {
  EXPECT_EQ(refusal(config_with("num_attention_heads", 0)),
            "config.json: num_attention_heads: must be from 1 to 2147483647, found the number 0; "
            "correct it, or get it again");
  EXPECT_EQ(refusal(config_with("layer_norm_eps", 0.0)),
            "config.json: layer_norm_eps: must be above 0, found the number 0.0; correct it, or "
            "get it again");
  Value rope = Value::map();
  rope.set("partial_rotary_factor", 1.5);
  EXPECT_EQ(refusal(config_with("rope_parameters", rope)),
            "config.json: rope_parameters.partial_rotary_factor: must be from 0 to 1, found the "
            "number 1.5; correct it, or get it again");
}

TEST(GptNeox, DeclaresBlocksPartsAndTies) {
  Options options;
  options.hidden_size = 32;
  options.num_hidden_layers = 2;
  options.num_attention_heads = 4;
  options.tie_word_embeddings = true;
  Survey survey(40);
  const GptNeox model(options, survey);
  EXPECT_TRUE(model.head().weight.is_same(model.head().weight));
  EXPECT_EQ(survey.specs.front().info.tied_to, "embed_out.weight");
  EXPECT_EQ(survey.specs.back().info.part, Part::final_norm);
  for (const ParameterSpec& spec : survey.specs) {
    const bool in_block = spec.info.name.find(".layers.") != std::string::npos;
    EXPECT_EQ(spec.info.block >= 0, in_block) << spec.info.name;
    const bool matrix = spec.info.shape.size() == 2;
    EXPECT_EQ(spec.init.deviation, matrix ? 0.02 : 0.0) << spec.info.name;
    const bool scale = !matrix && spec.info.name.ends_with("norm.weight");
    EXPECT_EQ(spec.init.mean, scale ? 1.0 : 0.0) << spec.info.name;
  }
}

}  // namespace
}  // namespace leakprobe
