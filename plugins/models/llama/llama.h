#pragma once

#include <string>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/ops.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// Llama (Touvron et al. 2023), also the architecture of SmolLM2: RMS norms, rotary positions,
/// grouped-query attention, SwiGLU.
class Llama final : public Model {
 public:
  struct Options {
    int64_t hidden_size = 576;
    int64_t num_hidden_layers = 30;
    int64_t num_attention_heads = 9;
    int64_t num_key_value_heads = 0;
    int64_t head_dim = 0;
    int64_t intermediate_size = 0;
    int64_t max_position_embeddings = 2048;
    double rope_theta = 10000.0;
    double rms_norm_eps = 1e-5;
    bool attention_bias = false;
    bool mlp_bias = false;
    bool tie_word_embeddings = false;
    double initializer_range = 0.02;

    int64_t key_value_heads() const {
      return num_key_value_heads > 0 ? num_key_value_heads : num_attention_heads;
    }
    int64_t head_size() const {
      return head_dim > 0 ? head_dim : hidden_size / num_attention_heads;
    }
    int64_t mlp_size() const;
    static void declare(Schema<Options>& schema);
  };

  static constexpr const char* kModelType = "llama";
  static ModelFacts facts(const Options& options);
  static std::vector<ModelShape<Options>> shapes();
  static std::vector<std::string> examples();
  static constexpr const char* kGgufArchitecture = "llama";
  static FileKeys config_keys();
  static FileKeys gguf_keys();
  static Value to_config(const Options& options);

  Llama(const Options& options, ModelBuilder& builder);

  torch::Tensor blocks(const ForwardContext& forward, const torch::Tensor& tokens) const override;
  torch::Tensor final_norm(const ForwardContext& forward, const torch::Tensor& x) const override;
  Head head() const override { return {head_, {}}; }

 private:
  struct Block {
    torch::Tensor input_norm;
    torch::Tensor post_attention_norm;
    std::vector<ops::Affine> query_key_value;
    ops::Affine output;
    std::vector<ops::Affine> gate_and_up;
    ops::Affine down;
  };

  torch::Tensor attention(const ForwardContext& forward, int64_t number,
                          const torch::Tensor& x) const;
  torch::Tensor mlp(const ForwardContext& forward, const torch::Tensor& x,
                    const Block& block) const;

  Options options_;
  torch::Tensor embedding_;
  std::vector<Block> blocks_;
  torch::Tensor final_norm_;
  torch::Tensor head_;
};

}  // namespace leakprobe
