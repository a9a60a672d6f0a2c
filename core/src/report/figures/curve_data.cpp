#include "report/figures/curve_data.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include "config/yaml_document.h"
#include "format/files.h"
#include "format/json.h"
#include "report/figures/report_value.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// The resolved experiment of a run; null where it cannot be read.
Value config_of(const fs::path& run) {
  const fs::path file = run / "config.yaml";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return {};
  Diagnostics diagnostics;
  YamlBudget budget;
  return parse_yaml(read_file(file, kMaxYamlBytes), file.string(), diagnostics, budget)
      .value_or(Value());
}

/// The names of the probes that measure `measure`, a name or a type.
std::vector<std::string> probes_of(const Value& config, const std::string& measure) {
  std::vector<std::string> names = {measure};
  for (const Value& probe : list_at(config, "probes")) {
    if (text_at(probe, "type") == measure) names.push_back(text_at(probe, "name"));
  }
  return names;
}

/// Reads the evaluations of one run after the other into one group.
class CurveReader {
 public:
  explicit CurveReader(const Value& group) : group_(group) {
    if (const Value* claim = group.find("claim"); claim != nullptr && claim->is_map()) {
      measure_ = text_at(*claim, "measure");
      std::tie(curves_.claim_set, curves_.compared) = sides_of(*claim);
      curves_.claim_phase = text_at(*claim, "phase");
      curves_.claim_prefix = text_at(*claim, "prefix");
    }
  }

  GroupCurves read() {
    for (const Value& run : list_at(group_, "runs")) read_run(run);
    order_phases();
    name_series();
    return std::move(curves_);
  }

 private:
  void read_run(const Value& run) {
    const fs::path directory = text_at(run, "directory");
    const fs::path file = directory / "metrics.jsonl";
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return;
    const Value config = config_of(directory);
    const std::vector<std::string> probes = probes_of(config, measure_);
    // A run that starts at a phase of another one has no records of the phases before it.
    for (const Value& phase : list_at(config, "phases")) phase_of(text_at(phase, "name"));
    GroupCurves::Run read{
        text_at(run, "seed"), text_at(run, "verdict") == "VALID", text_at(run, "verdict"), {}};
    const std::string text = read_file(file);
    std::string_view rest = text;
    for (int64_t line = 1; !rest.empty(); ++line) {
      const size_t end = rest.find('\n');
      if (end == std::string_view::npos) break;  // still being written, or cut off by a crash
      const std::string_view record = rest.substr(0, end);
      rest.remove_prefix(end + 1);
      // Most lines are steps: they are not worth parsing.
      if (record.find("\"record\":\"evaluation\"") == std::string_view::npos) continue;
      add(JsonValue::parse(record, file.string() + ":" + std::to_string(line)), probes, read);
    }
    if (read.points.empty()) return;
    read_trained_prefixes(directory);
    curves_.runs.push_back(std::move(read));
  }

  void add(const JsonValue& record, const std::vector<std::string>& probes, GroupCurves::Run& run) {
    if (std::find(probes.begin(), probes.end(), record.get_string("probe")) == probes.end()) return;
    const size_t phase = phase_of(record.get_string("phase"));
    const int64_t step = record.get_int("step");
    curves_.phases[phase].steps = std::max(curves_.phases[phase].steps, step + 1);
    const JsonValue cells = record.at("cells");
    for (size_t i = 0; i < cells.size(); ++i) {
      const JsonValue cell = cells[i];
      const std::optional<double> leak = cell.find_double("leak");
      const std::optional<double> value = leak ? leak : cell.find_double("value");
      if (!value) continue;
      curves_.above_chance = leak.has_value();
      const Cell key{cell.get_string("set"), cell.get_string("prefix")};
      auto& known = curves_.cells;
      if (std::find(known.begin(), known.end(), key) == known.end()) known.push_back(key);
      run.points.push_back({phase, step, key, *value});
    }
  }

  size_t phase_of(const std::string& name) {
    auto& phases = curves_.phases;
    const auto found =
        std::find_if(phases.begin(), phases.end(), [&](const auto& p) { return p.name == name; });
    if (found != phases.end()) return static_cast<size_t>(found - phases.begin());
    phases.push_back({name, 0, 0, ""});
    return phases.size() - 1;
  }

  /// From the ledger, which counts what reached a loss.
  void read_trained_prefixes(const fs::path& run) {
    const fs::path file = run / "ledger.json";
    std::error_code ignored;
    if (!trained_.empty() || !fs::exists(file, ignored)) return;
    const JsonValue columns = JsonValue::read(file).at("columns");
    for (size_t i = 0; i < columns.size(); ++i) {
      const JsonValue sets = columns[i].at("sets");
      for (size_t s = 0; s < sets.size(); ++s) {
        trained_[columns[i].get_string("phase")][sets[s].get_string("prefix")] +=
            sets[s].get_int("rows");
      }
    }
  }

  /// Gives each phase its start and the prefix that is shown by default.
  void order_phases() {
    int64_t start = 0;
    for (GroupCurves::Phase& phase : curves_.phases) {
      phase.start = start;
      start += phase.steps;
      phase.prefix = curves_.claim_prefix;
      if (phase.name == curves_.claim_phase) continue;
      int64_t most = 0;
      for (const auto& [prefix, rows] : trained_[phase.name]) {
        const bool measured = std::any_of(curves_.cells.begin(), curves_.cells.end(),
                                          [&](const Cell& cell) { return cell.prefix == prefix; });
        if (!measured || rows <= most) continue;
        most = rows;
        phase.prefix = prefix;
      }
    }
  }

  void name_series() {
    const auto add_once = [](std::vector<std::string>& names, const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const std::string& set : {curves_.claim_set, curves_.compared}) {
      const bool measured = std::any_of(curves_.cells.begin(), curves_.cells.end(),
                                        [&](const Cell& cell) { return cell.set == set; });
      if (measured) add_once(curves_.sets, set);
    }
    for (const Cell& cell : curves_.cells) {
      add_once(curves_.sets, cell.set);
      add_once(curves_.prefixes, cell.prefix);
    }
  }

  const Value& group_;
  std::string measure_ = "likelihood";
  GroupCurves curves_;
  std::map<std::string, std::map<std::string, int64_t>> trained_;  ///< phase, prefix: rows
};

}  // namespace

GroupCurves read_curves(const Value& group) { return CurveReader(group).read(); }

}  // namespace leakprobe
