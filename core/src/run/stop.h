#pragma once

namespace leakprobe {

/// Whether somebody (a signal handler, say) asked that what is running saves its state and stops.
void request_stop();
bool stop_requested();
void forget_stop();

}  // namespace leakprobe
