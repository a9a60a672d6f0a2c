#include "run/stop.h"

#include <atomic>

#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

std::atomic<bool> requested = false;
std::atomic<bool> saving = false;

}  // namespace

void request_stop() { requested = true; }
bool stop_requested() { return requested; }
void expect_states() { saving = true; }
bool states_are_expected() { return saving; }

Stoppable::~Stoppable() {
  requested = false;
  saving = false;
}

}  // namespace leakprobe

namespace leakprobe::host {

bool request_stop() {
  leakprobe::request_stop();
  return states_are_expected();
}

}  // namespace leakprobe::host
