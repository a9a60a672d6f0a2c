#include "schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "leakprobe/plugin.h"

namespace leakprobe {

void WarmupCosine::Options::declare(Schema<Options>& schema) {
  schema.field("warmup", &Options::warmup, between(int64_t{0}, int64_t{1} << 40),
               "Steps in which the rate rises from 0 to the full one.", "steps");
}

double WarmupCosine::factor(int64_t step, int64_t steps) const {
  if (step < warmup_) return static_cast<double>(step) / static_cast<double>(warmup_);
  return (1.0 + std::cos(std::numbers::pi * static_cast<double>(step - warmup_) /
                         static_cast<double>(steps))) /
         2.0;
}

void Linear::Options::declare(Schema<Options>& schema) {
  schema.field("warmup", &Options::warmup, between(int64_t{0}, int64_t{1} << 40),
               "Steps in which the rate rises from 0 to the full one.", "steps");
}

double Linear::factor(int64_t step, int64_t steps) const {
  if (step < warmup_) return static_cast<double>(step) / static_cast<double>(warmup_);
  return static_cast<double>(std::max<int64_t>(0, steps - step)) /
         static_cast<double>(std::max<int64_t>(1, steps - warmup_));
}

}  // namespace leakprobe

LEAKPROBE_PLUGIN(registrar) {
  registrar.add<leakprobe::WarmupCosine>("warmup_cosine",
                                         "Linear warm-up, then half a cosine (Roger 2023).");
  registrar.add<leakprobe::Constant>("constant", "The full rate at every step.");
  registrar.add<leakprobe::Linear>("linear", "Linear warm-up, then a line down to 0.");
}
