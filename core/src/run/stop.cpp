#include "run/stop.h"

#include <atomic>

#include "leakprobe/host/workbench.h"

namespace leakprobe {
namespace {

std::atomic<bool> requested = false;

}  // namespace

void request_stop() { requested = true; }
bool stop_requested() { return requested; }
Stoppable::~Stoppable() { requested = false; }

}  // namespace leakprobe

namespace leakprobe::host {

void request_stop() { leakprobe::request_stop(); }

}  // namespace leakprobe::host
