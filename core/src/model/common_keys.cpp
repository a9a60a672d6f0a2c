#include "leakprobe/file_keys.h"

// What files of every architecture may say. Sources: transformers, configuration_utils.py
// (PretrainedConfig of versions 4 and 5); llama.cpp, src/llama-arch.cpp (LLM_KV_NAMES) and
// gguf-py/gguf/constants.py.
namespace leakprobe {

FileKeys FileKeys::config() {
  FileKeys keys;
  // What the engine reads itself.
  keys.ignored({"model_type", "vocab_size", "bos_token_id", "eos_token_id", "pad_token_id"});
  // Who made the file, and with what.
  keys.ignored({"architectures",
                "transformers_version",
                "name_or_path",
                "_name_or_path",
                "_commit_hash",
                "tokenizer_class",
                "processor_class",
                "custom_pipelines",
                "finetuning_task",
                "task_specific_params",
                "prefix",
                "unsloth_version",
                "unsloth_fixed",
                "is_llama_config",
                "transformers.js_config",
                "_diffusers_version",
                "base_model_tp_plan",
                "base_model_pp_plan",
                "base_model_ep_plan",
                "language",
                "license",
                "tags",
                "library_name"});
  // In which type numbers are stored and computed; here that is the experiment's.
  keys.ignored({"torch_dtype", "dtype", "use_bfloat16", "torchscript", "fp32_residual_connection",
                "pretraining_tp", "attn_implementation", "_attn_implementation",
                "_attn_implementation_autoset", "_attn_implementation_internal",
                "_flash_attn_2_enabled", "_experts_implementation", "use_flash_attn",
                "use_flash_attention", "use_flash_attention_2", "gradient_checkpointing"});
  // How a forward pass returns its results, and for what head.
  keys.ignored({"use_cache", "output_attentions", "output_hidden_states", "output_router_logits",
                "return_dict", "use_return_dict", "chunk_size_feed_forward", "id2label", "label2id",
                "num_labels", "problem_type", "classifier_dropout", "classifier_activation",
                "tf_legacy_loss", "keys_to_ignore_at_inference"});
  // How text is generated.
  keys.ignored({"max_length",
                "min_length",
                "do_sample",
                "early_stopping",
                "num_beams",
                "num_beam_groups",
                "diversity_penalty",
                "temperature",
                "top_k",
                "top_p",
                "typical_p",
                "repetition_penalty",
                "length_penalty",
                "no_repeat_ngram_size",
                "encoder_no_repeat_ngram_size",
                "bad_words_ids",
                "num_return_sequences",
                "output_scores",
                "return_dict_in_generate",
                "forced_bos_token_id",
                "forced_eos_token_id",
                "remove_invalid_values",
                "exponential_decay_length_penalty",
                "suppress_tokens",
                "begin_suppress_tokens",
                "decoder_start_token_id",
                "sep_token_id",
                "unk_token_id",
                "mask_token_id",
                "cls_token_id",
                "generation_config",
                "max_new_tokens"});
  keys.only({"quantization_config", "compression_config", "quantization"}, {}, "quantized weights",
            "name the model's float weights or a .gguf file");
  keys.only({"is_encoder_decoder", "add_cross_attention", "tie_encoder_decoder"}, {false},
            "models with an encoder");
  keys.only({"cross_attention_hidden_size", "text_config", "vision_config", "audio_config"}, {},
            "models of more than text");
  keys.only({"is_causal"}, {true}, "attention that looks ahead");
  keys.only({"use_bidirectional_attention", "bidirectional", "is_bidirectional"}, {false},
            "attention that looks ahead");
  keys.only({"pruned_heads"}, {Value::map()}, "removed attention heads");
  keys.ignored({"is_decoder"});
  // Which layers attend to what.
  keys.only({"layer_types"}, {"full_attention"}, "attention of other kinds");
  keys.only({"mlp_layer_types"}, {"dense"}, "mixtures of experts");
  keys.only({"attention_chunk_size", "attention_window", "window_size", "local_attention_window",
             "attention_window_size", "sliding_window_pattern", "sliding_window_size"},
            {}, "attention to a part of the row");
  keys.only({"attention_types", "attention_layers"}, {"global"}, "attention to a part of the row");
  keys.only({"no_rope_layers"}, {1}, "layers without positions");
  keys.only({"no_rope_layer_interval", "nope_layer_interval"}, {}, "layers without positions");
  // Factors and bounds on the way.
  keys.only({"embedding_multiplier", "embedding_scale", "scale_emb", "scale_embedding_factor",
             "residual_multiplier", "residual_scale", "logits_scaling", "logit_scale",
             "logits_scale", "lm_head_multiplier", "output_multiplier_scale", "mup_multiplier",
             "embedding_multiplier_scale", "key_multiplier", "attention_out_multiplier",
             "attention_in_multiplier", "output_mult", "width_scale", "mup_width_scale"},
            {1}, "a factor");
  keys.only({"attention_multiplier", "scale_depth", "dim_model_base", "attn_scale",
             "attention_scale", "softmax_scale", "mlp_multipliers", "mup_scale"},
            {}, "a factor");
  keys.only({"scale_embeddings", "scale_embedding", "scale_attn_by_inverse_layer_idx",
             "attn_temperature_tuning", "use_logn_attn", "use_mup", "scale_fmt"},
            {false}, "a factor");
  keys.only({"scale_attn_weights"}, {true}, "attention without its factor");
  keys.only(
      {"attn_logit_softcapping", "final_logit_softcapping", "attn_logit_softcap",
       "final_logit_softcap", "logits_soft_cap", "attention_logit_cap", "output_logit_softcap",
       "router_logit_softcapping", "logit_softcap", "logits_softcap", "attn_softcap"},
      {0}, "a bound on logits");
  keys.only({"clip_qkv", "clamp_kqv", "swiglu_limit", "activation_clamp", "clamp_qkv", "qkv_clip",
             "mlp_clip"},
            {}, "a bound on activations");
  // Other parts.
  keys.only({"use_qk_norm", "qk_norm", "qk_layernorm", "use_qk_layernorm", "use_sandwich_norm",
             "use_post_norm", "post_norm", "apply_residual_connection_post_layernorm",
             "do_layer_norm_after", "embedding_norm", "use_embedding_norm",
             "rms_norm_add_unit_offset", "add_unit_offset"},
            {false}, "norms of other kinds");
  keys.only({"num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"}, {0, 1},
            "mixtures of experts");
  keys.only({"alibi", "use_alibi", "parallel_attn", "new_decoder_architecture", "multi_query",
             "use_dynamic_ntk", "use_scaled_rope", "position_interpolation"},
            {false});
  keys.only({"position_embedding_type", "pos_emb_type"}, {"rope", "rotary"},
            "positions of other kinds");
  keys.only({"rope_interleaved", "rope_interleave", "interleaved_rope", "rotary_interleaved"},
            {false}, "heads whose rotated pairs stand side by side");
  keys.only({"per_layer_config", "layer_config", "block_configs"}, {},
            "layers that differ from each other");
  return keys;
}

FileKeys FileKeys::gguf() {
  FileKeys keys;
  keys.ignored({"general.architecture",
                "general.alignment",
                "general.quantization_version",
                "general.file_type",
                "general.type",
                "general.name",
                "general.author",
                "general.version",
                "general.organization",
                "general.finetune",
                "general.basename",
                "general.description",
                "general.quantized_by",
                "general.size_label",
                "general.license",
                "general.license.*",
                "general.url",
                "general.doi",
                "general.uuid",
                "general.repo_url",
                "general.source.*",
                "general.base_model.*",
                "general.dataset.*",
                "general.tags",
                "general.languages",
                "general.datasets",
                "general.sampling.*",
                "general.parameter_count",
                "general.source_url",
                "quantize.imatrix.*",
                "split.no",
                "split.count",
                "split.tensors.count"});
  keys.only({"general.type"}, {"model"}, "it is no model");
  keys.only({"adapter.*"}, {}, "an adapter", "merge it into its model");
  // The tokenizer reads what it needs.
  keys.ignored({"tokenizer.ggml.model",
                "tokenizer.ggml.pre",
                "tokenizer.ggml.tokens",
                "tokenizer.ggml.token_type",
                "tokenizer.ggml.token_type_count",
                "tokenizer.ggml.scores",
                "tokenizer.ggml.merges",
                "tokenizer.ggml.bos_token_id",
                "tokenizer.ggml.eos_token_id",
                "tokenizer.ggml.eot_token_id",
                "tokenizer.ggml.eom_token_id",
                "tokenizer.ggml.unknown_token_id",
                "tokenizer.ggml.seperator_token_id",
                "tokenizer.ggml.separator_token_id",
                "tokenizer.ggml.padding_token_id",
                "tokenizer.ggml.cls_token_id",
                "tokenizer.ggml.mask_token_id",
                "tokenizer.ggml.prefix_token_id",
                "tokenizer.ggml.suffix_token_id",
                "tokenizer.ggml.middle_token_id",
                "tokenizer.ggml.fim_*",
                "tokenizer.ggml.add_bos_token",
                "tokenizer.ggml.add_eos_token",
                "tokenizer.ggml.add_sep_token",
                "tokenizer.ggml.add_space_prefix",
                "tokenizer.ggml.remove_extra_whitespaces",
                "tokenizer.ggml.escape_whitespaces",
                "tokenizer.ggml.precompiled_charsmap",
                "tokenizer.ggml.added_tokens",
                "tokenizer.ggml.normalizer.*",
                "tokenizer.huggingface.json",
                "tokenizer.rwkv.world",
                "tokenizer.chat_template",
                "tokenizer.chat_template.*",
                "tokenizer.chat_templates"});
  return keys;
}

}  // namespace leakprobe
