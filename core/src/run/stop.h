#pragma once

namespace leakprobe {

/// Whether somebody (a signal handler, say) asked that what is running saves its state and stops.
void request_stop();
bool stop_requested();

/// What can be stopped: a request is forgotten when it has ended, and not before it begins, so that
/// one that comes early is heard.
class Stoppable {
 public:
  Stoppable() = default;
  Stoppable(const Stoppable&) = delete;
  Stoppable& operator=(const Stoppable&) = delete;
  ~Stoppable();
};

}  // namespace leakprobe
