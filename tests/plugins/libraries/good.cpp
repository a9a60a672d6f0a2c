#include "leakprobe/plugin.h"

namespace {

class Good final : public leakprobe::Schedule {
 public:
  using Options = leakprobe::NoOptions;
  Good(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return 0.5; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) { registrar.add<Good>("test.good", "A plugin without faults."); }
