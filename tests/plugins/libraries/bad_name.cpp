#include "leakprobe/plugin.h"

namespace {

class BadName final : public leakprobe::Schedule {
 public:
  using Options = leakprobe::NoOptions;
  BadName(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return 1.0; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) { registrar.add<BadName>("Test Bad", "Its name is no name."); }
