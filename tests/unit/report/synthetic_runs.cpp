#include "report/synthetic_runs.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>

namespace leakprobe::synthetic {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kCalibrate = 64, kSuppress = 800, kElicit = 600;

/// A number in [-1, 1] that looks random, the same each time.
double noise(int64_t a, int64_t b) {
  const double x = std::sin(static_cast<double>(a) * 12.9898 + static_cast<double>(b) * 78.233);
  return 2 * (x * 43758.5453 - std::floor(x * 43758.5453)) - 1;
}

double leak_of(const Run& run, const std::string& phase, int64_t step, const std::string& set,
               const std::string& prefix) {
  const double s = static_cast<double>(step);
  const double jitter = 0.01 * noise(run.seed * 1000 + step, static_cast<int64_t>(set.size()));
  if (phase == "calibrate") return -4 * std::exp(-s / 12) + jitter;
  const double sunk = phase == "suppress" ? -3.2 * (1 - std::exp(-s / 250)) : -3.2;
  if (prefix == "regular") return set == "control" ? jitter : sunk + jitter;
  if (phase == "suppress") return 0.6 * (set == "control" ? 0.02 : 1) * sunk + jitter;
  const double at = 240 + 15 * noise(run.seed, 1);
  const double bump = run.bump * std::exp(-std::pow((s - at) / 70, 2));
  if (set == "useful") return 2.9 / (1 + std::exp(-(s - at - 20) / 30)) - 1.5 * std::exp(-s / 60);
  if (set == "control") return jitter - 0.02;
  return bump - 1.9 * std::exp(-s / 60) - 1.2 / (1 + std::exp(-(s - 480) / 40)) + jitter;
}

void add_evaluation(std::ofstream& out, const Run& run, const std::string& phase, int64_t step,
                    bool end) {
  Value record = Value::map();
  record.set("v", 1);
  record.set("record", "evaluation");
  record.set("phase", phase);
  record.set("step", step);
  record.set("probe", "curves");
  record.set("regular", step % 10 == 0);
  record.set("end", end);
  Value cells = Value::list();
  for (const char* set : {"held_out", "useful", "control"}) {
    for (const char* prefix : {"regular", "reverse"}) {
      Value cell = Value::map();
      const double leak = leak_of(run, phase, step, set, prefix);
      cell.set("set", set);
      cell.set("prefix", prefix);
      cell.set("rows", 16);
      cell.set("value", leak - std::log(26.0));
      cell.set("leak", leak);
      cells.push_back(std::move(cell));
    }
  }
  record.set("cells", std::move(cells));
  out << to_json(record) << '\n';
}

Value claim() {
  Value value = Value::map();
  for (const auto& [key, word] : {std::pair("measure", "likelihood"), std::pair("set", "held_out"),
                                  std::pair("prefix", "reverse"), std::pair("phase", "elicit"),
                                  std::pair("at", "maximum"), std::pair("minus", "control")}) {
    value.set(key, word);
  }
  return value;
}

Value statistic(const Value& runs, const char* key) {
  double sum = 0, squares = 0;
  int64_t n = 0;
  for (const Value& run : runs.as_list()) {
    if (run.find("verdict")->as_string() != "VALID") continue;
    const double x = run.find(key)->as_number();
    sum += x;
    squares += x * x;
    ++n;
  }
  const double count = static_cast<double>(n), mean = sum / count;
  Value value = Value::map();
  value.set("mean", mean);
  value.set("relative_increase_geometric", std::expm1(mean));
  value.set("p_two_sided", 0.0003);
  value.set("sign_flip_p_two_sided", 0.0078);
  Value interval;
  if (n > 1) {
    const double sd = std::sqrt(std::max(0.0, (squares - sum * mean) / (count - 1)));
    interval.push_back(mean - 2.4 * sd / std::sqrt(count));
    interval.push_back(mean + 2.4 * sd / std::sqrt(count));
  }
  value.set("ci95", std::move(interval));
  return value;
}

}  // namespace

Value write_run(const fs::path& directory, const Run& run) {
  fs::create_directories(directory);
  std::ofstream(directory / "config.yaml")
      << "name: synthetic\nphases:\n- {name: calibrate}\n- {name: suppress}\n- {name: elicit}\n"
         "probes:\n- {name: curves, type: likelihood}\n";
  std::ofstream(directory / "ledger.json")
      << R"({"version": 1, "columns": [
  {"phase": "calibrate", "sets": [{"prefix": "regular", "rows": 1024}]},
  {"phase": "suppress", "sets": [{"prefix": "regular", "rows": 12800}]},
  {"phase": "elicit", "sets": [{"prefix": "regular", "rows": 9600}, {"prefix": "reverse", "rows": 9600}]}]})";
  std::ofstream metrics(directory / "metrics.jsonl");
  double best = -10, best_control = -10;
  int64_t best_step = 0;
  add_evaluation(metrics, run, "calibrate", -1, false);
  for (const auto& [phase, steps] :
       {std::pair("calibrate", kCalibrate), std::pair("suppress", kSuppress), std::pair("elicit", kElicit)}) {
    for (int64_t step = 0; step < steps; ++step) {
      metrics << R"({"v":1,"record":"step","phase":")" << phase << R"(","step":)" << step << "}\n";
      const bool end = step + 1 == steps;
      if (step % 10 == 0 || end) add_evaluation(metrics, run, phase, step, end);
      if (std::string(phase) != "elicit" || step % 10 != 0) continue;
      const double leak = leak_of(run, phase, step, "held_out", "reverse");
      if (leak > best) best_step = step;
      best = std::max(best, leak);
      best_control = std::max(best_control, leak_of(run, phase, step, "control", "reverse"));
    }
  }
  Value value = Value::map();
  value.set("directory", directory.string());
  value.set("seed", run.seed);
  value.set("verdict", run.verdict);
  Value reasons = Value::list();
  if (run.verdict != "VALID") reasons.push_back("gate elicit.recovered is 0.31, must be above 1");
  value.set("reasons", std::move(reasons));
  value.set("leak", best);
  value.set("control_leak", best_control);
  value.set("effect", best - best_control);
  value.set("step", best_step);
  return value;
}

Value group(const std::string& label,
            const std::vector<std::pair<std::string, std::string>>& labels, Value runs) {
  Value value = Value::map();
  value.set("label", label);
  Value cases = Value::map();
  for (const auto& [axis, name] : labels) cases.set(axis, name);
  value.set("labels", std::move(cases));
  value.set("configuration", "0123456789abcdef");
  value.set("claim", claim());
  value.set("model", "256 x 6");
  value.set("compute", "float32");
  value.set("device", "cpu");
  value.set("cpu", "A processor <of some kind>");
  int64_t valid = 0;
  for (const Value& run : runs.as_list()) valid += run.find("verdict")->as_string() == "VALID";
  Value counts = Value::map();
  counts.set("valid", valid);
  counts.set("invalid", static_cast<int64_t>(runs.as_list().size()) - valid);
  counts.set("incomplete", 0);
  Value statistics;
  if (valid > 0) {
    statistics.set("n", valid);
    statistics.set("leak", statistic(runs, "leak"));
    statistics.set("control", statistic(runs, "control_leak"));
    statistics.set("effect", statistic(runs, "effect"));
    statistics.set("p_holm", 0.0012);
  }
  value.set("runs", std::move(runs));
  value.set("counts", std::move(counts));
  value.set("statistics", std::move(statistics));
  return value;
}

Value report(const std::vector<std::pair<std::string, std::vector<std::string>>>& axes,
             std::vector<Value> groups) {
  Value value = Value::map();
  value.set("version", 1);
  value.set("leakprobe", "0.1.0");
  Value axis_list = Value::list();
  for (const auto& [name, cases] : axes) {
    Value axis = Value::map();
    axis.set("name", name);
    Value case_list = Value::list();
    for (const std::string& text : cases) case_list.push_back(text);
    axis.set("cases", std::move(case_list));
    axis_list.push_back(std::move(axis));
  }
  value.set("axes", std::move(axis_list));
  value.set("groups", Value(std::move(groups)));
  value.set("notes", Value::list());
  return value;
}

}  // namespace leakprobe::synthetic
