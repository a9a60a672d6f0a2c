#include "report/figures/curve_data.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "compose/probes.h"
#include "format/files.h"
#include "format/line_reader.h"
#include "leakprobe/error.h"
#include "records/config_record.h"
#include "records/evaluation_record.h"
#include "records/ledger_record.h"
#include "records/step_record.h"
#include "report/figures/report_value.h"
#include "report/run_record.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Of all runs of a group; they are held in memory, and each becomes a line of a table.
constexpr size_t kMostPoints = 4'000'000;
constexpr size_t kMostCells = 1000;
/// So that their steps have a sum, too.
constexpr size_t kMostPhases = 1000;
/// Of one run.
constexpr size_t kMostSeries = 1000;

constexpr const char* kTooMuch = "the runs hold more evaluations than a figure takes";

/// Reads the evaluations of one run after the other into one group.
class CurveReader {
 public:
  explicit CurveReader(const Value& group) : group_(group) {
    if (const Value* claim = group.find("claim"); claim != nullptr && claim->is_map()) {
      curves_.measure = text_at(*claim, "measure");
      std::tie(curves_.claim_set, curves_.compared) = sides_of(*claim);
      curves_.claim_phase = text_at(*claim, "phase");
      curves_.claim_prefix = text_at(*claim, "prefix");
    }
  }

  GroupCurves read() {
    for (const Value& run : group_.find_items("runs")) read_run(run);
    order_phases();
    name_series();
    curves_.unit = unit_text(group_, curves_.above_chance);
    return std::move(curves_);
  }

 private:
  void read_run(const Value& run) {
    const fs::path directory = text_at(run, "directory");
    const fs::path file = directory / kMetricsFile;
    const std::string verdict = text_at(run, "verdict");
    if (verdict == word_of(RunVerdict::altered) || !is_taken(file)) return;
    ConfigRecord config;
    if (is_taken(directory / kConfigFile)) config = read_config(directory);
    if (const Value::List& all = config.experiment.find_items("probes");
        curves_.measure.empty() && !all.empty()) {
      curves_.measure = text_at(all.front(), "name");
    }
    const std::vector<std::string> probes = probes_of(config.experiment, curves_.measure);
    // A run that starts at a phase of another one has no records of the phases before it.
    for (const std::string& phase : config.phases) {
      if (!phase_of(phase)) throw Error((directory / kConfigFile).string() + ": " + kTooMuch);
    }
    GroupCurves::Run read{
        text_at(run, "seed"), verdict == word_of(RunVerdict::valid), verdict, {}, {}};
    LineReader lines(file);
    while (const auto line = lines.next()) {
      const auto record = read_evaluation(*line, lines.place());
      bool fits = !record || add(*record, probes, read);
      if (const auto step = read_step_with(kTellingMetrics.front(), *line, lines.place())) {
        fits = add(*step, read);
      }
      if (!fits) throw Error(lines.place() + ": " + kTooMuch);
    }
    if (read.points.empty() && read.series.empty()) return;
    read_trained_prefixes(directory);
    curves_.runs.push_back(std::move(read));
  }

  /// False where it is too much.
  bool add(const EvaluationRecord& record, const std::vector<std::string>& probes,
           GroupCurves::Run& run) {
    if (std::find(probes.begin(), probes.end(), record.probe) == probes.end()) return true;
    const std::optional<size_t> phase = phase_of(record.phase);
    if (!phase) return false;
    curves_.phases[*phase].steps = std::max(curves_.phases[*phase].steps, record.step + 1);
    for (const EvaluationRecord::CellValue& cell : record.cells) {
      curves_.above_chance = cell.leak.has_value();
      const Cell key{cell.set, cell.prefix};
      if (cells_.insert({key.set, key.prefix}).second) curves_.cells.push_back(key);
      if (++points_ > kMostPoints || cells_.size() > kMostCells) return false;
      run.points.push_back({*phase, record.step, key, cell.leak.value_or(cell.value)});
    }
    return true;
  }

  /// False where it is too much.
  bool add(const StepRecord& record, GroupCurves::Run& run) {
    const std::optional<size_t> phase = phase_of(record.phase);
    if (!phase) return false;
    curves_.phases[*phase].steps = std::max(curves_.phases[*phase].steps, record.step + 1);
    for (const auto& [term, metrics] : record.terms) {
      if (metrics.count(kTellingMetrics.front()) == 0) continue;
      for (const char* metric : kTellingMetrics) {
        const auto value = metrics.find(metric);
        if (value == metrics.end()) continue;
        series_of(run, *phase, term, metric).means.add(record.step, value->second);
      }
    }
    return run.series.size() <= kMostSeries;
  }

  static GroupCurves::Series& series_of(GroupCurves::Run& run, size_t phase,
                                        const std::string& term, const std::string& metric) {
    // The newest come last.
    const auto known = std::find_if(run.series.rbegin(), run.series.rend(), [&](const auto& each) {
      return each.phase == phase && each.term == term && each.metric == metric;
    });
    if (known != run.series.rend()) return *known;
    return run.series.emplace_back(GroupCurves::Series{phase, term, metric, {}});
  }

  /// Nothing where there are too many.
  std::optional<size_t> phase_of(const std::string& name) {
    const auto [known, is_new] = phases_.emplace(name, phases_.size());
    if (!is_new) return known->second;
    if (phases_.size() > kMostPhases) return std::nullopt;
    curves_.phases.push_back({name, 0, 0, ""});
    return known->second;
  }

  /// From the ledger, which counts what reached a loss.
  void read_trained_prefixes(const fs::path& run) {
    if (!trained_.empty() || !is_taken(run / kLedgerFile)) return;
    const LedgerRecord ledger = read_ledger(run);
    for (const LedgerRecord::Column& column : ledger.columns) {
      for (const LedgerRecord::Account& account : column.sets) {
        trained_[column.phase][account.prefix] += account.rows;
      }
    }
  }

  /// Gives each phase its start and the prefix that is shown by default.
  void order_phases() {
    std::set<std::string> measured;
    for (const Cell& cell : curves_.cells) measured.insert(cell.prefix);
    int64_t start = 0;
    for (GroupCurves::Phase& phase : curves_.phases) {
      phase.start = start;
      start += phase.steps;
      phase.prefix = curves_.claim_prefix;
      if (phase.name == curves_.claim_phase) continue;
      int64_t most = 0;
      for (const auto& [prefix, rows] : trained_[phase.name]) {
        if (measured.count(prefix) == 0 || rows <= most) continue;
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
  GroupCurves curves_;
  std::map<std::string, size_t> phases_;                 ///< where each stands in the curves
  std::set<std::pair<std::string, std::string>> cells_;  ///< set and prefix of each there
  size_t points_ = 0;
  std::map<std::string, std::map<std::string, int64_t>> trained_;  ///< phase, prefix: rows
};

}  // namespace

int64_t GroupCurves::total_steps() const {
  int64_t total = 1;
  for (const Phase& phase : phases) total = std::max(total, phase.start + phase.steps);
  return total;
}

GroupCurves read_curves(const Value& group) { return CurveReader(group).read(); }

}  // namespace leakprobe
