#include "run_lines.h"

#include <algorithm>
#include <optional>

#include "claim_words.h"
#include "text.h"

namespace leakprobe::cli {
namespace {

constexpr size_t kBarWidth = 16;
constexpr size_t kSparkWidth = 40;
constexpr size_t kWidestLabel = 40;

std::string text_of(const Value& map, const char* key) {
  const Value* value = map.find(key);
  return value && value->is_string() ? visible(value->as_string()) : "";
}

std::optional<double> number_of(const Value& map, const char* key) {
  const Value* value = map.find(key);
  if (!value || (value->type() != Value::Type::number && value->type() != Value::Type::integer)) {
    return std::nullopt;
  }
  return value->as_number();
}

double share_of(const Value& run) {
  const double total = number_of(run, "total").value_or(0);
  return total > 0 ? number_of(run, "done").value_or(0) / total : 0;
}

std::string steps_of(const Value& run) {
  if (!number_of(run, "step")) return text_of(run, "phase");
  return text_of(run, "phase") + " " + fixed(*number_of(run, "step"), 0) + "/" +
         fixed(number_of(run, "steps").value_or(0), 0);
}

std::string running_text(const Value& run) {
  std::string text = bar(share_of(run), kBarWidth) + "  " + steps_of(run);
  const auto rate = number_of(run, "rate");
  if (rate && *rate > 0) {
    text +=
        *rate < 1 ? "  " + fixed(1 / *rate, 1) + " s/step" : "  " + fixed(*rate, 1) + " steps/s";
    text += "  " + clock(seconds_left(run)) + " left";
  }
  return text;
}

std::string state_text(const Terminal& terminal, const Value& run) {
  const std::string state = text_of(run, "state");
  if (state == "running") return running_text(run);
  if (state == "complete") {
    const std::string verdict = text_of(run, "verdict");
    const auto effect = number_of(run, "effect");
    const std::string word = verdict == "VALID"     ? terminal.green(verdict)
                             : verdict == "INVALID" ? terminal.red(verdict)
                                                    : "complete, " + verdict;
    return word + (effect ? "  effect " + with_sign(*effect, 3) + " " + unit_words(run) : "");
  }
  if (state == "failed") return terminal.red("failed") + "  " + text_of(run, "message");
  if (state == "waiting") return terminal.dim("waiting");
  // interrupted, or stopped: its process died
  return terminal.yellow(state) + "  in " + steps_of(run);
}

std::string leaks_text(const Value& run) {
  const Value* leaks = run.find("leaks");
  if (!leaks || leaks->as_list().empty()) return "";
  std::string prefix = text_of(run, "prefix");
  if (prefix.empty()) prefix = text_of(leaks->as_list().front(), "prefix");
  std::string text = prefix + ":";
  for (const Value& cell : leaks->as_list()) {
    if (text_of(cell, "prefix") != prefix) continue;
    text += " " + text_of(cell, "set") + " " + with_sign(cell.find("leak")->as_number(), 3);
  }
  std::vector<double> curve;
  for (const Value& point : run.find("curve")->as_list()) curve.push_back(point.as_number());
  if (curve.empty()) return text;
  return text + "  " + text_of(run, "set") + " " + sparkline(curve, kSparkWidth);
}

}  // namespace

double seconds_left(const Value& run) {
  const double rate = number_of(run, "rate").value_or(0);
  if (rate <= 0) return -1;
  return (number_of(run, "total").value_or(0) - number_of(run, "done").value_or(0)) / rate;
}

std::vector<std::string> run_lines(const Terminal& terminal, const Value::List& runs, bool leaks) {
  size_t width = 0;
  for (const Value& run : runs) width = std::max(width, display_width(text_of(run, "label")));
  width = std::min(width, kWidestLabel);
  std::vector<std::string> lines;
  for (const Value& run : runs) {
    lines.push_back(padded(shortened(text_of(run, "label"), width), width) + "  " +
                    state_text(terminal, run));
    const std::string found = leaks ? leaks_text(run) : "";
    if (!found.empty()) lines.push_back("  " + found);
    const std::string note = leaks ? text_of(run, "note") : "";
    if (!note.empty()) lines.push_back("  " + terminal.yellow(note));
  }
  return lines;
}

}  // namespace leakprobe::cli
