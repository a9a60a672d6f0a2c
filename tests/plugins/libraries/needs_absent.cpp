#include "leakprobe/plugin.h"

extern "C" int from_an_absent_library();

namespace {

class Needy final : public leakprobe::Schedule {
 public:
  using Options = leakprobe::NoOptions;
  Needy(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return from_an_absent_library(); }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) { registrar.add<Needy>("test.needy", "Needs a library."); }
