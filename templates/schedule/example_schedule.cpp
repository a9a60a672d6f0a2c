#include <leakprobe/plugin.h>

#include <algorithm>
#include <cmath>

using namespace leakprobe;

namespace {

/// Rises in a line, then falls with the root of the steps.
class ExampleSchedule final : public Schedule {
 public:
  struct Options {
    int64_t warmup = 10;
    static void declare(Schema<Options>& schema) {
      schema.field("warmup", &Options::warmup, between(1, 1000000000),
                   "Steps in which the rate rises to the full one.", "steps");
    }
  };

  ExampleSchedule(const Options& options, const Context&)
      : warmup_(static_cast<double>(options.warmup)) {}

  double factor(int64_t step, int64_t /*steps*/) const override {
    const double number = static_cast<double>(step) + 1.0;
    return std::min(number / warmup_, std::sqrt(warmup_ / number));
  }

 private:
  const double warmup_;
};

}  // namespace

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<ExampleSchedule>(
      "example.schedule", "Linear warm-up, then the inverse square root (Vaswani et al. 2017).");
}
