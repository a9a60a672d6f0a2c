#pragma once

namespace leakprobe::cli {

/// From now on SIGINT or SIGTERM asks the running experiment to save its state and stop; a second
/// SIGINT ends the program at once.
void stop_gently_on_signals();

}  // namespace leakprobe::cli
