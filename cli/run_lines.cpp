#include "run_lines.h"

#include <algorithm>

#include "claim_words.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

constexpr size_t kBarWidth = 16;
constexpr size_t kSparkWidth = 40;
constexpr size_t kWidestLabel = 40;

std::string steps_of(const Value& run) {
  if (!run.find_number("step")) return shown(run, "phase");
  return shown(run, "phase") + " " + fixed(*run.find_number("step"), 0) + "/" +
         fixed(run.find_number("steps").value_or(0), 0);
}

std::string running_text(const Value& run) {
  std::string text = bar(share_of(run), kBarWidth) + "  " + steps_of(run);
  const auto rate = run.find_number("rate");
  if (rate && *rate > 0) {
    text +=
        *rate < 1 ? "  " + fixed(1 / *rate, 1) + " s/step" : "  " + fixed(*rate, 1) + " steps/s";
    text += "  " + clock(seconds_left(run)) + " left";
  }
  for (const Value& entry : run.find_items("shown")) {
    if (const auto number = entry.find_number("value")) {
      text += "  " + named_number(entry.find_text("name"), *number);
    }
  }
  return text;
}

std::string state_text(const Terminal& terminal, const Value& run) {
  const std::string state = shown(run, "state");
  if (state == "running") return running_text(run);
  if (state == "complete") {
    const std::string verdict = shown(run, "verdict");
    const auto effect = run.find_number("effect");
    const std::string word = verdict == "VALID"     ? terminal.green(verdict)
                             : verdict == "INVALID" ? terminal.red(verdict)
                                                    : "complete, " + verdict;
    return word + (effect ? "  effect " + with_sign(*effect, 3) + " " + unit_words(run) : "");
  }
  if (state == "failed") return terminal.red("failed") + "  " + shown(run, "message");
  if (state == "waiting") return terminal.dim("waiting");
  if (state == "altered") return terminal.red(state) + "  its files are not what it wrote";
  if (state == "unknown") return terminal.yellow(state) + "  how it stands cannot be read";
  // interrupted, or stopped: its process died
  return terminal.yellow(state) + "  in " + steps_of(run);
}

std::string leaks_text(const Value& run) {
  const Value* leaks = run.find("leaks");
  if (!leaks || leaks->as_list().empty()) return "";
  std::string prefix = shown(run, "prefix");
  if (prefix.empty()) prefix = shown(leaks->as_list().front(), "prefix");
  std::string text = prefix + ":";
  for (const Value& cell : leaks->as_list()) {
    if (shown(cell, "prefix") != prefix) continue;
    text += " " + shown(cell, "set") + " " + with_sign(cell.number("leak"), 3);
  }
  std::vector<double> curve;
  for (const Value& point : run.items("curve")) curve.push_back(point.as_number());
  if (curve.empty()) return text;
  return text + "  " + shown(run, "set") + " " + sparkline(curve, kSparkWidth);
}

}  // namespace

double share_of(const Value& run) {
  const double total = run.find_number("total").value_or(0);
  return total > 0 ? std::clamp(run.find_number("done").value_or(0) / total, 0.0, 1.0) : 0;
}

double seconds_left(const Value& run) {
  const double rate = run.find_number("rate").value_or(0);
  if (rate <= 0) return -1;
  return (run.find_number("total").value_or(0) - run.find_number("done").value_or(0)) / rate;
}

std::vector<std::string> run_lines(const Terminal& terminal, const Value::List& runs, bool leaks) {
  size_t width = 0;
  for (const Value& run : runs) width = std::max(width, display_width(shown(run, "label")));
  width = std::min(width, kWidestLabel);
  std::vector<std::string> lines;
  for (const Value& run : runs) {
    lines.push_back(padded(shortened(shown(run, "label"), width), width) + "  " +
                    state_text(terminal, run));
    const std::string found = leaks ? leaks_text(run) : "";
    if (!found.empty()) lines.push_back("  " + found);
    const std::string note = leaks ? shown(run, "note") : "";
    if (!note.empty()) lines.push_back("  " + terminal.yellow(note));
  }
  return lines;
}

}  // namespace leakprobe::cli
