// error: examples are a public `static std::vector<std::string> examples()`, one that takes `const std::filesystem::path& folder`, or left out
#include <leakprobe/plugin.h>

using namespace leakprobe;

struct P final : Schedule {
  using Options = NoOptions;
  std::vector<std::string> examples() const { return {"{}"}; }
  P(const Options&, const Context&) {}
  double factor(int64_t, int64_t) const override { return 1; }
};

LEAKPROBE_PLUGIN(registrar) { registrar.add<P>("x.p", "A thing."); }
