#include "leakprobe/plugin.h"

namespace {

class Undocumented final : public leakprobe::Schedule {
 public:
  struct Options {
    double floor = 0.0;
    static void declare(leakprobe::Schema<Options>& schema) {
      schema.field("floor", &Options::floor, leakprobe::at_least(0.0), "");
    }
  };
  Undocumented(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return 1.0; }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Undocumented>("test.undocumented", "Its parameter has no doc.");
}
