#include "run/stop.h"

#include <atomic>

#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

std::atomic<bool> requested = false;
std::atomic<bool> states = false;

}  // namespace

void request_stop() { requested = true; }
bool stop_requested() { return requested; }
void expect_states() { states = true; }
bool states_are_expected() { return states; }

Stoppable::~Stoppable() {
  requested = false;
  states = false;
}

}  // namespace leakprobe

namespace leakprobe::host {

bool request_stop() {
  leakprobe::request_stop();
  return states_are_expected();
}

}  // namespace leakprobe::host
