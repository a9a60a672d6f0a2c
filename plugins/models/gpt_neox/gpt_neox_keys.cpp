#include "gpt_neox.h"
#include "leakprobe/model_config.h"

namespace leakprobe {
// Names and defaults: transformers, models/gpt_neox/configuration_gpt_neox.py of versions 4 and 5.
FileKeys GptNeox::config_keys() {
  FileKeys keys = FileKeys::config();
  keys.required("hidden_size")
      .required("num_hidden_layers")
      .required("num_attention_heads")
      .required("intermediate_size")
      .optional("max_position_embeddings")
      .optional("layer_norm_eps")
      .optional("use_parallel_residual")
      .optional("attention_bias")
      .optional("tie_word_embeddings")
      .optional("initializer_range")
      .positive({"intermediate_size"});
  add_rotary_keys(keys, {.theta = "rotary_emb_base",
                         .theta_keys = {"rotary_emb_base"},
                         .partial = "rotary_pct",
                         .partial_keys = {"rotary_pct"}});
  keys.only({"hidden_act"}, {"gelu"});
  keys.training({"attention_dropout", "hidden_dropout", "attention_probs_dropout_prob",
                 "attention_dropout_prob", "hidden_dropout_prob", "dropout", "resid_pdrop",
                 "embd_pdrop", "attn_pdrop", "activation_dropout"},
                {0}, "leakprobe trains without dropout");
  // Copies that some versions of transformers have written beside the settings above.
  keys.only_where<Options>(
      {"rope_theta", "rope_base", "rotary_base"},
      [](const Value& value, const Options& options) {
        return is_number(value, options.rotary_emb_base);
      },
      "the value of rotary_emb_base is");
  keys.only_where<Options>(
      {"partial_rotary_factor", "rope_pct"},
      [](const Value& value, const Options& options) {
        return is_number(value, options.rotary_pct);
      },
      "the value of rotary_pct is");
  keys.only_where<Options>(
      {"head_dim", "attention_head_size", "kv_channels"},
      [](const Value& value, const Options& options) {
        return is_number(value, static_cast<double>(options.head_size()));
      },
      "hidden_size / num_attention_heads is");
  keys.only_where<Options>(
      {"rotary_ndims", "rotary_dim"},
      [](const Value& value, const Options& options) {
        return is_number(value, static_cast<double>(options.rotary_dimensions()));
      },
      "rotary_pct of a head is");
  keys.only_where<Options>(
      {"num_key_value_heads"},
      [](const Value& value, const Options& options) {
        return is_number(value, static_cast<double>(options.num_attention_heads));
      },
      "the value of num_attention_heads is");
  keys.only_where<Options>(
      {"layer_norm_epsilon", "norm_eps", "rms_norm_eps"},
      [](const Value& value, const Options& options) {
        return is_number(value, options.layer_norm_eps);
      },
      "the value of layer_norm_eps is");
  keys.only_where<Options>(
      {"sliding_window"},
      [](const Value& value, const Options& options) {
        return value.type() == Value::Type::integer &&
               value.as_integer() >= options.max_position_embeddings;
      },
      "windows of at least max_position_embeddings are");
  keys.only({"use_sliding_window"}, {false}, "attention to a part of the row");
  keys.only({"lm_head_bias"}, {false}, "a head with a bias");
  keys.only({"mlp_bias", "use_bias", "bias"}, {true}, "maps without biases");
  keys.only({"normalization", "norm", "norm_type"}, {"layernorm", "layer_norm"});
  return keys;
}

}  // namespace leakprobe
