#include "leakprobe/plugin.h"

namespace {

class Copy final : public leakprobe::Schedule {
 public:
  using Options = leakprobe::NoOptions;
  Copy(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return 1.0; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Copy>("test.own_name", "Not there before.");
  registrar.add<Copy>("test.good", "There before.");
}
