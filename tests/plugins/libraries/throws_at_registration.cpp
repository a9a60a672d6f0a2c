#include "leakprobe/plugin.h"

namespace {

class Half final : public leakprobe::Schedule {
 public:
  using Options = leakprobe::NoOptions;
  Half(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return 1.0; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Half>("test.half", "Registered before the failure.");
  throw std::runtime_error("no licence found\nsecond line");
}
