// error: an optimizer overrides learning_rate, clip_norm, step, state and restore as leakprobe/optimizer.h declares them: write override behind each
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Optimizer {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  double learning_rate() const override { return 1; }
  double clip_norm() const override { return 1; }
  void step(std::vector<Trained>&, double, double) override {}
  std::vector<std::pair<std::string, torch::Tensor>> state() const override { return {}; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
