// error: a freezing policy overrides `std::vector<bool> trainable(std::span<const ParameterInfo>, int64_t) const`, exactly so: write override behind it
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Freezing {
  using Options = NoOptions;
  P(const Options&, const Context&) {}
  std::vector<bool> trainable(std::span<const ParameterInfo> all, int64_t) {
    return std::vector<bool>(all.size(), true);
  }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
