#include "report/figures/curve_csv.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "format/csv.h"
#include "report/figures/parts.h"

namespace leakprobe {

std::string curves_csv(const GroupCurves& curves) {
  std::string csv = csv_line({"row", "seed", "verdict", "phase", "step", "training_step", "set",
                              "prefix", "shown", "value", "runs", "unit"});
  const auto add = [&](const char* row, const Value& seed, const std::string& verdict, size_t p,
                       int64_t step, const Cell& cell, double value, int64_t runs) {
    const GroupCurves::Phase& phase = curves.phases[p];
    csv += csv_line({row, seed, verdict, phase.name, step, phase.start + step + 1, cell.set,
                     cell.prefix, cell.prefix == phase.prefix ? "yes" : "no", rounded(value), runs,
                     curves.unit});
  };
  using Key = std::tuple<size_t, size_t, int64_t>;  // cell, phase, step
  std::map<Key, std::pair<double, int64_t>> sums;
  for (size_t r = 0; r < curves.runs.size(); ++r) {
    const GroupCurves::Run& run = curves.runs[r];
    for (const GroupCurves::Point& point : run.points) {
      const bool shown = point.cell.prefix == curves.phases[point.phase].prefix;
      if (shown && r < kMostThinLines) {
        add("seed", run.seed, run.verdict, point.phase, point.step, point.cell, point.value, 1);
      }
      if (!run.valid) continue;
      const auto& cells = curves.cells;
      const auto cell = std::find(cells.begin(), cells.end(), point.cell) - cells.begin();
      auto& [sum, runs] = sums[{static_cast<size_t>(cell), point.phase, point.step}];
      sum += point.value;
      ++runs;
    }
  }
  for (const auto& [key, sum] : sums) {
    const auto& [cell, phase, step] = key;
    add("mean", {}, "", phase, step, curves.cells[cell],
        sum.first / static_cast<double>(sum.second), sum.second);
  }
  return csv;
}

}  // namespace leakprobe
