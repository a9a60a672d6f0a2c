#include "run/progress.h"

#include <fmt/format.h>

#include <utility>

namespace leakprobe {

Progress::Progress(Terminal& terminal, std::string phase, int64_t first_step, int64_t steps)
    : terminal_(terminal), phase_(std::move(phase)), first_step_(first_step), steps_(steps) {}

void Progress::step(int64_t step, double loss) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const auto done = static_cast<double>(step + 1 - first_step_);
  const double each = seconds / done;
  rate_ = each > 0 ? 1 / each : 0;
  const std::string rate =
      each > 1 ? fmt::format("{:.1f} s/step", each) : fmt::format("{:.1f} steps/s", 1 / each);
  terminal_.progress(fmt::format("{}  {}/{}  loss {:.4f}  {}  {} left", phase_, step + 1, steps_,
                                 loss, rate,
                                 duration(each * static_cast<double>(steps_ - step - 1))));
}

std::string Progress::duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace leakprobe
