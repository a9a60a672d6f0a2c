#include <cstdlib>
#include <fstream>

#include "leakprobe/plugin.h"

namespace {

/// Runs as soon as the library is loaded, before anybody asks it for a plugin.
const bool kMarked = [] {
  if (const char* file = std::getenv("LEAKPROBE_TEST_MARK")) std::ofstream(file) << "loaded";
  return true;
}();

class Marked final : public leakprobe::Schedule {
 public:
  using Options = leakprobe::NoOptions;
  Marked(const Options&, const leakprobe::Context&) {}
  double factor(int64_t, int64_t) const override { return kMarked ? 1.0 : 0.0; }
};

class MarkedLoss final : public leakprobe::Objective {
 public:
  using Options = leakprobe::NoOptions;
  static leakprobe::ObjectiveFacts facts(const Options&) {
    leakprobe::ObjectiveFacts facts;
    facts.columns = {{"rows", leakprobe::Sign::positive}};
    return facts;
  }
  MarkedLoss(const Options&, const leakprobe::Context&) {}
  leakprobe::Loss evaluate(const leakprobe::Columns& columns) const override {
    return {-columns.at("rows").policy_sum().sum(), {}};
  }
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<Marked>("test.marked", "A schedule whose library shows that it was loaded.");
  registrar.add<MarkedLoss>("test.marked_loss", "An objective whose library shows the same.");
}
