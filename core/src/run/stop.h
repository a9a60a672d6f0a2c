#pragma once

namespace leakprobe {

/// Whether somebody (a signal handler, say) asked that what is running saves its state and stops.
void request_stop();
bool stop_requested();

/// From now on, until what can be stopped has ended, there is or soon will be something to save.
void expect_states();
bool states_are_expected();

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
