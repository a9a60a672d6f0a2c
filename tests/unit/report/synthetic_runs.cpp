#include "report/synthetic_runs.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "leakprobe/value.h"
#include "records/manifest.h"

namespace leakprobe::synthetic {
namespace {

namespace fs = std::filesystem;

constexpr std::pair<const char*, int64_t> kPhases[] = {
    {"calibrate", 64}, {"suppress", 800}, {"elicit", 600}};

Value map_of(const std::vector<std::pair<std::string, Value>>& entries) {
  Value map = Value::map();
  for (const auto& [key, value] : entries) map.set(key, value);
  return map;
}

void write(const fs::path& file, const Value& value) { std::ofstream(file) << to_json(value); }

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

Value evaluation(const Run& run, const std::string& phase, int64_t step, bool end) {
  Value cells = Value::list();
  for (const char* set : {"held_out", "useful", "control"}) {
    for (const char* prefix : {"regular", "reverse"}) {
      const double leak = leak_of(run, phase, step, set, prefix);
      Value cell = map_of(
          {{"set", set}, {"prefix", prefix}, {"rows", 16}, {"value", leak - std::log(26.0)}});
      if (!run.scale || run.scale->chance) cell.set("leak", leak);
      cells.push_back(std::move(cell));
    }
  }
  return map_of({{"v", 1},
                 {"record", "evaluation"},
                 {"phase", phase},
                 {"step", step},
                 {"probe", "curves"},
                 {"regular", step % 10 == 0},
                 {"end", end},
                 {"cells", cells}});
}

void write_metrics(const fs::path& file, const Run& run) {
  std::ofstream metrics(file);
  metrics << to_json(evaluation(run, "calibrate", -1, false)) << '\n';
  for (const auto& [phase, steps] : kPhases) {
    for (int64_t step = 0; step < steps; ++step) {
      metrics << to_json(map_of({{"v", 1}, {"record", "step"}, {"phase", phase}, {"step", step}}))
              << '\n';
      const bool end = step + 1 == steps;
      if (step % 10 != 0 && !end) continue;
      metrics << to_json(evaluation(run, phase, step, end)) << '\n';
    }
  }
}

/// The claim's two sides, each at its own maximum.
Value claim(const Run& run) {
  std::pair<double, int64_t> leak = {-10, 0}, control = {-10, 0};
  for (int64_t step = 0; step < kPhases[2].second; step += 10) {
    leak = std::max(leak, {leak_of(run, "elicit", step, "held_out", "reverse"), step});
    control = std::max(control, {leak_of(run, "elicit", step, "control", "reverse"), step});
  }
  Value claim = map_of({{"measure", "likelihood"},
                        {"set", "held_out"},
                        {"prefix", "reverse"},
                        {"phase", "elicit"},
                        {"at", "maximum"},
                        {"minus", "control"},
                        {"step", leak.second},
                        {"value", leak.first - std::log(26.0)},
                        {"leak", leak.first},
                        {"control_leak", control.first},
                        {"control_step", control.second},
                        {"effect", leak.first - control.first},
                        {"relative_increase", std::expm1(leak.first)}});
  if (run.scale) run.scale->write(claim);
  return claim;
}

Value gates(const Run& run) {
  const auto gate = [](const char* phase, const char* name, const Value& value) {
    return map_of({{"phase", phase},
                   {"name", name},
                   {"value", value},
                   {"bound", "below -1"},
                   {"unit", value.is_null() ? Value() : Value("nats per token")},
                   {"outcome", value.is_null() ? "not_applicable" : "passed"}});
  };
  Value gates = Value::list();
  gates.push_back(
      gate("suppress", "suppressed", run.suppressed ? Value(*run.suppressed) : Value()));
  gates.push_back(gate("elicit", "margin", {}));
  return gates;
}

Value ledger() {
  Value columns = Value::list();
  for (const auto& [phase, prefix] :
       {std::pair("calibrate", "regular"), {"suppress", "regular"}, {"elicit", "regular"}}) {
    Value sets = Value::list();
    sets.push_back(map_of({{"set", "useful"},
                           {"role", "ordinary"},
                           {"prefix", prefix},
                           {"rows", 100},
                           {"pushed_up", 100},
                           {"pushed_down", 0},
                           {"gradient", -100.0},
                           {"digest", "0123456789abcdef"}}));
    columns.push_back(map_of({{"phase", phase},
                              {"term", "useful"},
                              {"objective", "likelihood"},
                              {"column", "rows"},
                              {"declared_sign", "positive"},
                              {"weight", 1.0},
                              {"sets", sets}}));
  }
  return map_of({{"version", 1},
                 {"protected_rows", 16},
                 {"steps", 0},
                 {"pushed_up_steps", 0},
                 {"columns", columns},
                 {"phases", Value::list()},
                 {"inherited", Value::list()}});
}

}  // namespace

void write_run(const fs::path& directory, const Run& run) {
  fs::create_directories(directory);
  Value phases = Value::list();
  for (const auto& [phase, steps] : kPhases) {
    phases.push_back(map_of({{"name", phase}, {"steps", steps}}));
  }
  Value probes = Value::list();
  probes.push_back(map_of({{"name", "curves"}, {"type", "likelihood"}}));
  std::ofstream(directory / "config.yaml")
      << to_yaml(map_of({{"name", run.name},
                         {"seed", run.seed},
                         {"model", map_of({{"type", "gpt_neox"}, {"hidden_size", 256}})},
                         {"compute", "float32"},
                         {"phases", phases},
                         {"probes", probes}}));
  write(directory / "environment.json", map_of({{"processor", "A processor <of some kind>"},
                                                {"device", "cpu"},
                                                {"compute", "float32"}}));
  write(directory / "ledger.json", ledger());
  write_metrics(directory / "metrics.jsonl", run);
  Value reasons = Value::list();
  if (run.verdict != "VALID") reasons.push_back("gate elicit.recovered is 0.31, must be above 1");
  write(directory / "result.json", map_of({{"version", run.scale ? 2 : 1},
                                           {"name", run.name},
                                           {"seed", run.seed},
                                           {"digest", run.digest},
                                           {"verdict", run.verdict},
                                           {"reasons", reasons},
                                           {"claim", claim(run)},
                                           {"gates", gates(run)}}));
  std::ofstream(directory / "items.jsonl") << "";
  // Older versions of leakprobe listed no files.
  Value status = map_of({{"state", "complete"}});
  if (run.scale) status.set("files", to_value(manifest_of(directory, {}, {})));
  write(directory / "status.json", status);
}

void write_sweep(const fs::path& folder, const Axes& axes, const std::vector<Arm>& arms) {
  Value axis_list = Value::list(), points = Value::list();
  for (const auto& [name, cases] : axes) {
    Value names = Value::list();
    for (const std::string& one : cases) names.push_back(one);
    axis_list.push_back(map_of({{"name", name}, {"cases", names}}));
  }
  for (size_t a = 0; a < arms.size(); ++a) {
    const Arm& arm = arms[a];
    const std::string digest = "00000000000000" + std::to_string(10 + a);
    for (int64_t seed = 0; seed < arm.valid + arm.invalid; ++seed) {
      const std::string directory = "runs/" + digest + "-s" + std::to_string(seed);
      const double spread = 0.85 + 0.05 * static_cast<double>(seed);
      Run run = {
          "synthetic", digest, seed, arm.bump * spread, seed < arm.invalid ? "INVALID" : "VALID",
          arm.scale};
      if (arm.suppressed) run.suppressed = *arm.suppressed - 0.05 * static_cast<double>(seed);
      write_run(folder / directory, run);
      Value labels = Value::map();
      std::string label;
      for (size_t i = 0; i < axes.size(); ++i) {
        labels.set(axes[i].first, arm.cases[i]);
        label += axes[i].first + "=" + arm.cases[i] + ", ";
      }
      labels.set("seed", std::to_string(seed));
      points.push_back(map_of({{"label", label + "seed=" + std::to_string(seed)},
                               {"labels", labels},
                               {"directory", directory},
                               {"digest", digest},
                               {"seed", seed}}));
    }
  }
  write(folder / "sweep.json", map_of({{"version", 1},
                                       {"file", "synthetic.yaml"},
                                       {"name", "synthetic"},
                                       {"axes", axis_list},
                                       {"points", points}}));
}

}  // namespace leakprobe::synthetic
