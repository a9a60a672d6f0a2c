#include "leakprobe/host/watch.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "commands.h"
#include "live_block.h"
#include "run_lines.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

struct Options {
  std::string directory;
  bool once = false;
  bool json = false;
};

/// A live frame of more runs than this would not fit on a screen.
constexpr size_t kMostRuns = 10;
constexpr auto kInterval = std::chrono::milliseconds(200);

void declare(Arguments& arguments, Options& options) {
  arguments.required("DIR", options.directory, "A run's directory or a sweep's folder");
  arguments.flag("--once", options.once, "Print how it stands now, and end");
  arguments.flag("--json", options.json, "Print how it stands now as JSON, and end");
}

std::string state_of(const Value& run) { return run.text("state"); }

/// "12 of 40 runs complete, 2 running, 1 failed"
std::string summary(const Value::List& runs) {
  const auto count = [&](const char* state) {
    return std::count_if(runs.begin(), runs.end(),
                         [&](const Value& run) { return state_of(run) == state; });
  };
  std::string text = std::to_string(count("complete")) + " of " +
                     counted(static_cast<int64_t>(runs.size()), "run") + " complete";
  for (const char* state :
       {"running", "waiting", "interrupted", "stopped", "failed", "altered", "unknown"}) {
    if (const auto number = count(state)) text += ", " + std::to_string(number) + " " + state;
  }
  return text;
}

/// Those that go on first, so that a long list can be cut.
Value::List most_interesting(Value::List runs) {
  const auto rank = [](const Value& run) {
    const std::string state = state_of(run);
    const bool ended_well = state == "complete" || state == "waiting" || state == "interrupted";
    return state == "running" ? 0 : ended_well ? 2 : 1;
  };
  std::stable_sort(runs.begin(), runs.end(),
                   [&](const Value& a, const Value& b) { return rank(a) < rank(b); });
  if (runs.size() > kMostRuns) runs.resize(kMostRuns);
  return runs;
}

std::vector<std::string> lines_of(const Terminal& out, const Value& frame, bool all) {
  const Value::List& runs = frame.items("runs");
  std::vector<std::string> lines = run_lines(out, all ? runs : most_interesting(runs), true);
  if (runs.size() > 1) lines.push_back(summary(runs));
  return lines;
}

ExitStatus run(const Session& session, const Options& options) {
  host::Watch watch(options.directory);
  if (options.json) {
    session.out.stream() << to_json(watch.frame()) << '\n';
    return kDone;
  }
  const Terminal& out = session.out;
  const auto print = [&](const Value& frame) {
    for (const std::string& line : lines_of(out, frame, true)) out.stream() << line << '\n';
  };
  if (options.once || !out.live()) {
    Value frame = watch.frame();
    std::string last;
    // Without a screen each change of what has ended gets its lines.
    while (!options.once && !frame.boolean("over")) {
      std::string now = summary(frame.items("runs"));
      if (now != last) out.stream() << now << std::endl;
      last = std::move(now);
      std::this_thread::sleep_for(kInterval);
      frame = watch.frame();
    }
    print(frame);
    return kDone;
  }
  LiveBlock block(out);
  for (Value frame = watch.frame();; frame = watch.frame()) {
    if (frame.boolean("over")) {
      block.clear();
      print(frame);
      return kDone;
    }
    block.draw(lines_of(out, frame, false));
    std::this_thread::sleep_for(kInterval);
  }
}

}  // namespace

Command watch_command() {
  return make_command<Options>(
      "watch", "Follow a run or a sweep that goes on elsewhere; Ctrl-C only ends the watching",
      "  leakprobe watch runs/password-quick/sweeps/seeds\n"
      "  leakprobe watch runs/mine --once\n",
      declare, run);
}

}  // namespace leakprobe::cli
