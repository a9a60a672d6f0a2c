#pragma once

#include <string>
#include <vector>

#include "leakprobe/model.h"
#include "leakprobe/ops.h"
#include "leakprobe/params.h"

namespace leakprobe {

/// GPT-NeoX (Black et al. 2022), the architecture of Pythia (Biderman et al. 2023): layer norms
/// with biases, rotary positions in a part of each head, attention and MLP side by side or in
/// sequence.
class GptNeox final : public Model {
 public:
  struct Options {
    int64_t hidden_size = 768;
    int64_t num_hidden_layers = 12;
    int64_t num_attention_heads = 12;
    int64_t intermediate_size = 0;
    int64_t max_position_embeddings = 2048;
    double rotary_pct = 0.25;
    double rotary_emb_base = 10000.0;
    double layer_norm_eps = 1e-5;
    bool use_parallel_residual = true;
    bool attention_bias = true;
    bool tie_word_embeddings = false;
    double initializer_range = 0.02;

    int64_t head_size() const { return hidden_size / num_attention_heads; }
    int64_t mlp_size() const { return intermediate_size > 0 ? intermediate_size : 4 * hidden_size; }
    int64_t rotary_dimensions() const;
    static void declare(Schema<Options>& schema);
  };

  static constexpr const char* kModelType = "gpt_neox";
  static ModelFacts facts(const Options& options);
  static std::vector<ModelShape<Options>> shapes();
  static std::vector<std::string> examples();
  static FileKeys config_keys();
  static Value to_config(const Options& options);

  GptNeox(const Options& options, ModelBuilder& builder);

  torch::Tensor blocks(const ForwardContext& forward, const torch::Tensor& tokens) const override;
  torch::Tensor final_norm(const ForwardContext& forward, const torch::Tensor& x) const override;
  Head head() const override { return {head_, {}}; }

 private:
  struct Norm {
    torch::Tensor weight;
    torch::Tensor bias;
  };
  struct Block {
    Norm input_norm;
    Norm post_attention_norm;
    ops::Affine query_key_value;
    ops::Affine dense;
    ops::Affine widen;
    ops::Affine narrow;
  };

  torch::Tensor normed(const ForwardContext& forward, const torch::Tensor& x,
                       const Norm& norm) const;
  torch::Tensor attention(const ForwardContext& forward, int64_t number,
                          const torch::Tensor& x) const;
  torch::Tensor mlp(const ForwardContext& forward, const torch::Tensor& x,
                    const Block& block) const;

  Options options_;
  torch::Tensor embedding_;
  std::vector<Block> blocks_;
  Norm final_norm_;
  torch::Tensor head_;
};

}  // namespace leakprobe
