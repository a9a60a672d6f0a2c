// error: a model overrides `torch::Tensor blocks(const ForwardContext&, const torch::Tensor&) const`, `torch::Tensor final_norm(const ForwardContext&, const torch::Tensor&) const` and `Head head() const`, exactly so: write override behind each
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Model {
  using Options = NoOptions;
  static ModelFacts facts(const Options&) { return {1, 1, 1}; }
  static constexpr const char* kModelType = "x";
  static std::vector<ModelShape<Options>> shapes() { return {}; }
  static FileKeys config_keys() { return {}; }
  static Value to_config(const Options&) { return Value::map(); }
  P(const Options&, ModelBuilder&) {}
  torch::Tensor blocks(const ForwardContext&, const torch::Tensor& tokens) const override { return tokens; }
  torch::Tensor final_norm(const ForwardContext&, const torch::Tensor& x) const override { return x; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
