#include <cmath>
#include <string>
#include <vector>

#include "leakprobe/model_config.h"
#include "llama.h"

namespace leakprobe {
namespace {

/// Dimensions that an experiment may give as 0, for their usual value.
const std::vector<std::string> kZeroInExperiments = {"num_key_value_heads", "head_dim",
                                                     "intermediate_size"};

constexpr const char* kDropout = "leakprobe trains without dropout";

bool is_head_size(const Value& value, const Llama::Options& options) {
  return is_number(value, static_cast<double>(options.head_size()));
}

bool is_usual_scale(const Value& value, const Llama::Options& options) {
  return is_number(value, 1 / std::sqrt(static_cast<double>(options.head_size())));
}

bool is_theta(const Value& value, const Llama::Options& options) {
  return is_number(value, options.rope_theta);
}

bool is_epsilon(const Value& value, const Llama::Options& options) {
  return is_number(value, options.rms_norm_eps);
}

/// A window that no row fills.
bool is_wide(const Value& value, const Llama::Options& options) {
  return value.type() == Value::Type::integer &&
         value.as_integer() >= options.max_position_embeddings;
}

}  // namespace

// Names and defaults: transformers, models/llama/configuration_llama.py of versions 4 and 5. What
// is refused are settings of its neighbours (Mistral, Qwen, Gemma, Granite, Cohere, OLMo, GPT-OSS)
// that configurations of type llama carry, too.
FileKeys Llama::config_keys() {
  FileKeys keys = FileKeys::config();
  keys.required("hidden_size")
      .required("num_hidden_layers")
      .required("num_attention_heads")
      .optional("num_key_value_heads")
      .optional("head_dim")
      .required("intermediate_size")
      .optional("max_position_embeddings")
      .optional("rms_norm_eps", {}, 1e-6)
      .optional("attention_bias")
      .optional("mlp_bias")
      .optional("tie_word_embeddings")
      .optional("initializer_range")
      .positive(kZeroInExperiments);
  add_rotary_keys(keys, {.theta = "rope_theta", .theta_keys = {"rope_theta"}});
  keys.only({"hidden_act", "hidden_activation", "activation_function", "mlp_hidden_act"}, {"silu"});
  keys.training(
      {"attention_dropout", "hidden_dropout", "dropout", "resid_pdrop", "embd_pdrop", "attn_pdrop",
       "residual_dropout", "embedding_dropout", "mlp_dropout", "hidden_dropout_prob",
       "attention_probs_dropout_prob", "ffn_dropout", "activation_dropout"},
      {0}, kDropout);
  keys.only_where<Options>({"rotary_emb_base", "rope_base", "rotary_base"}, is_theta,
                           "the value of rope_theta is");
  keys.only_where<Options>({"rotary_dim", "rope_dim", "query_pre_attn_scalar", "v_head_dim",
                            "attention_head_dim", "kv_channels"},
                           is_head_size, "the width of a head is");
  keys.only_where<Options>({"attention_multiplier", "attention_scale", "softmax_scale"},
                           is_usual_scale, "1/sqrt(width of a head) is");
  keys.only_where<Options>({"layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon"},
                           is_epsilon, "the value of rms_norm_eps is");
  keys.only_where<Options>({"sliding_window"}, is_wide,
                           "windows of at least max_position_embeddings are");
  keys.only({"use_sliding_window"}, {false}, "attention to a part of the row");
  keys.ignored({"max_window_layers"});
  keys.only({"bias", "use_bias", "qkv_bias", "use_qkv_bias", "lm_head_bias", "attention_out_bias",
             "attention_output_bias", "add_bias_linear", "add_qkv_bias", "o_proj_bias"},
            {false}, "biases of their own name; attention_bias and mlp_bias are read");
  keys.only({"no_bias"}, {true}, "biases of their own name; attention_bias and mlp_bias are read");
  keys.only({"use_parallel_residual", "parallel_residual"}, {false},
            "attention and MLP side by side");
  keys.only({"layer_norm_type", "norm_type", "normalization", "norm_class"},
            {"rms_norm", "rmsnorm", "RMSNorm", "rms"});
  keys.only({"num_experts_per_tok"}, {}, "mixtures of experts");
  return keys;
}

// Names: llama.cpp, src/llama-arch.cpp; meanings: src/llama-model.cpp.
FileKeys Llama::gguf_keys() {
  FileKeys keys = FileKeys::gguf();
  keys.required("hidden_size", {"llama.embedding_length"})
      .required("num_hidden_layers", {"llama.block_count"})
      .required("num_attention_heads", {"llama.attention.head_count"})
      .optional("num_key_value_heads", {"llama.attention.head_count_kv"})
      .optional("head_dim", {"llama.attention.key_length"})
      .required("intermediate_size", {"llama.feed_forward_length"})
      .optional("max_position_embeddings", {"llama.context_length"})
      .optional("rope_theta", {"llama.rope.freq_base"})
      .required("rms_norm_eps", {"llama.attention.layer_norm_rms_epsilon"})
      .if_present("attention_bias",
                  {"attn_q.bias", "attn_k.bias", "attn_v.bias", "attn_output.bias"})
      .if_present("mlp_bias", {"ffn_gate.bias", "ffn_up.bias", "ffn_down.bias"})
      .if_absent("tie_word_embeddings", {"output.weight"})
      .positive(kZeroInExperiments);
  keys.ignored({"llama.vocab_size", "llama.tensor_data_layout", "llama.pooling_type",
                "llama.rope.scaling.finetuned", "llama.expert_weights_scale",
                "llama.decoder_start_token_id"});
  keys.only_where<Options>({"llama.rope.dimension_count", "llama.attention.value_length"},
                           is_head_size, "the width of a head is");
  // llama.cpp takes a factor without a type for linear scaling, and 0 for none.
  keys.only({"llama.rope.scaling.type"}, {"none", "linear"});
  keys.only({"llama.rope.scaling.factor", "llama.rope.scale_linear"}, {0, 1},
            "scaled rotary positions");
  keys.only({"llama.rope.scaling.attn_factor", "llama.rope.scaling.yarn_attn_factor"}, {1},
            "scaled rotary positions");
  keys.only({"llama.rope.*"}, {}, "scaled rotary positions, or others for some layers");
  keys.only({"llama.expert_count", "llama.expert_used_count", "llama.expert_shared_count",
             "llama.leading_dense_block_count", "llama.expert_feed_forward_length",
             "llama.expert_shared_feed_forward_length", "llama.interleave_moe_layer_step",
             "llama.nextn_predict_layers"},
            {0}, "mixtures of experts");
  keys.only_where<Options>({"llama.attention.layer_norm_epsilon"}, is_epsilon,
                           "the value of layer_norm_rms_epsilon is");
  keys.only_where<Options>(
      {"llama.attention.sliding_window"},
      [](const Value& value, const Options& options) {
        return value == Value(0) || is_wide(value, options);
      },
      "windows of at least context_length are");
  keys.only_where<Options>(
      {"llama.attention.scale"},
      [](const Value& value, const Options& options) {
        return is_number(value, 0) || is_usual_scale(value, options);
      },
      "1/sqrt(width of a head) is");
  keys.only({"llama.attention.causal"}, {true}, "attention that looks ahead");
  keys.only({"llama.use_parallel_residual"}, {false}, "attention and MLP side by side");
  keys.only({"llama.attention.clamp_kqv", "llama.attention.max_alibi_bias",
             "llama.attn_logit_softcapping", "llama.final_logit_softcapping"},
            {0}, "a bound on activations or logits");
  keys.only({"llama.logit_scale", "llama.residual_scale", "llama.embedding_scale"}, {0, 1},
            "a factor");
  keys.only({"llama.attention.*"}, {}, "attention of another kind");
  return keys;
}

}  // namespace leakprobe
