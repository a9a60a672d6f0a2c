#include "report/figures/effect_csv.h"

#include <cstdint>

#include "format/csv.h"
#include "report/figures/parts.h"
#include "report/run_record.h"

namespace leakprobe {
namespace {

/// Rows of one side of one group: its mean, and each VALID seed.
std::string side_csv(const Value& group, const EffectLayout& layout, const std::string& set,
                     const std::string& unit, const char* statistic, const char* of_run) {
  const Value& statistics = group.at("statistics");
  const Value* side = statistics.find(statistic);
  if (side == nullptr || !side->find_number("mean")) return "";
  const auto number = [](const Value& value) {
    return value.is_null() ? value : Value(rounded(value.as_number()));
  };
  const Value::List& interval = side->find_items("ci95");
  const Value* relative = side->find("relative_increase_geometric");
  const Value& valid = group.at("counts").at("valid");
  const auto runs = static_cast<int64_t>(group.find_items("runs").size());
  const std::string counted = valid_of_all(group);
  const std::string position = case_of(group, layout.along), panel = layout.panel_of(group);
  std::string csv = csv_line({"mean",
                              position,
                              panel,
                              set,
                              {},
                              number(side->at("mean")),
                              interval.size() == 2 ? number(interval[0]) : Value(),
                              interval.size() == 2 ? number(interval[1]) : Value(),
                              relative != nullptr ? number(*relative) : Value(),
                              counted,
                              valid.as_integer() < runs ? counted + " VALID" : "",
                              unit});
  for (const Value& run : group.find_items("runs")) {
    if (text_at(run, "verdict") != word_of(RunVerdict::valid) || !run.find_number(of_run)) continue;
    csv += csv_line({"seed",
                     position,
                     panel,
                     set,
                     run.at("seed"),
                     number(run.at(of_run)),
                     {},
                     {},
                     {},
                     {},
                     {},
                     unit});
  }
  return csv;
}

}  // namespace

std::string effect_csv(const Value& report, const EffectLayout& layout, const std::string& set,
                       const std::string& compared, const std::string& unit) {
  std::string csv = csv_line({"row", "case", "panel", "set", "seed", "leak", "low", "high",
                              "relative_increase", "valid_runs", "note", "unit"});
  for (const Value& group : report.find_items("groups")) {
    const Value* statistics = group.find("statistics");
    if (statistics != nullptr && statistics->is_map()) {
      csv += side_csv(group, layout, set, unit, "leak", "leak");
      if (!compared.empty())
        csv += side_csv(group, layout, compared, unit, "control", "control_leak");
    } else {
      csv += csv_line({"none",
                       case_of(group, layout.along),
                       layout.panel_of(group),
                       "",
                       {},
                       0,
                       {},
                       {},
                       {},
                       {},
                       verdict_of_all(group),
                       unit});
    }
  }
  return csv;
}

}  // namespace leakprobe
