#include "run_screen.h"

#include "text.h"

namespace leakprobe::cli {
namespace {

constexpr auto kPlainInterval = std::chrono::seconds(20);

/// "elicit  120/600  loss 0.6931  12.3 steps/s  0:39 left", or in place of the loss "reward -0.2500
/// kl 0.0312 nats/token  suppression 1.2500 nats/row"
std::string line_of(const host::RunProgress& progress) {
  const double rate = progress.rate;
  const std::string pace =
      rate < 1 ? fixed(rate > 0 ? 1 / rate : 0, 1) + " s/step" : fixed(rate, 1) + " steps/s";
  const double left = rate > 0 ? static_cast<double>(progress.steps - progress.step) / rate : 0;
  std::string line = visible(progress.phase) + "  " + std::to_string(progress.step) + "/" +
                     std::to_string(progress.steps);
  for (const auto& [name, number] : progress.shown) line += "  " + named_number(name, number);
  return line + "  " + pace + "  " + clock(left) + " left";
}

}  // namespace

void RunScreen::message(const std::string& text, bool warning) {
  const std::lock_guard lock(mutex_);
  block_.print((warning ? terminal_.yellow("warning:") + " " : "") + visible(text));
}

void RunScreen::step(const host::RunProgress& progress) {
  const std::lock_guard lock(mutex_);
  if (terminal_.live()) {
    if (block_.is_due()) block_.draw({line_of(progress)});
    return;
  }
  if (Clock::now() - printed_ < kPlainInterval) return;
  printed_ = Clock::now();
  block_.print(line_of(progress));
}

}  // namespace leakprobe::cli
