#include "leakprobe/host/report.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "format/atomic_file.h"
#include "format/files.h"
#include "leakprobe/host/workbench.h"
#include "report/differences.h"
#include "report/figures/figures.h"
#include "report/find_runs.h"
#include "report/group_report.h"
#include "report/groups.h"
#include "report/runs_csv.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

void check(const ReportOptions& options) {
  for (const std::string& kind : options.pool) {
    const std::vector<std::string>& kinds = pooled_kinds();
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) continue;
    throw UsageError("nothing called '" + kind + "' can be pooled; " +
                     suggest(kind, kinds, "there are"));
  }
  if (options.power && !(*options.power > 0 && *options.power < 1)) {
    throw UsageError("the power must lie between 0 and 1, such as 0.8");
  }
}

Value axes_value(const std::vector<SweepRecord::Axis>& axes) {
  Value value = Value::list();
  for (const SweepRecord::Axis& axis : axes) {
    Value cases = Value::list();
    for (const std::string& label : axis.cases) cases.push_back(label);
    Value entry = Value::map();
    entry.set("name", axis.name);
    entry.set("cases", std::move(cases));
    value.push_back(std::move(entry));
  }
  return value;
}

Value groups_value(const std::vector<RunGroup>& groups, std::optional<double> power) {
  std::vector<GroupReport> reports;
  std::vector<std::optional<double>> p;
  for (const RunGroup& group : groups) p.push_back(reports.emplace_back(group).p());
  const std::vector<std::optional<double>> adjusted = holm_adjusted(p);
  Value value = Value::list();
  for (size_t i = 0; i < reports.size(); ++i) {
    value.push_back(reports[i].value(adjusted[i], power));
  }
  return value;
}

void write_files(const Value& report, const fs::path& out) {
  std::error_code failure;
  fs::create_directories(out, failure);
  if (failure) fail_with_errno(out, "cannot create the folder for the report", failure.value());
  write_file_atomically(out / "report.json", to_pretty_json(report) + "\n");
  write_file_atomically(out / "runs.csv", runs_csv(report));
}

}  // namespace

Value report(const ReportOptions& options) {
  check(options);
  FoundRuns found = find_runs(options.directories);
  if (found.runs.empty()) throw Error("no run could be read: " + found.notes.front());
  const std::vector<RunGroup> groups = group_runs(std::move(found.runs), options.pool, found.notes);
  Value notes = Value::list();
  for (const std::string& note : found.notes) notes.push_back(note);

  Value report = Value::map();
  report.set("version", 1);
  report.set("leakprobe", version());
  report.set("axes", axes_value(found.axes));
  report.set("groups", groups_value(groups, options.power));
  report.set("notes", std::move(notes));
  const fs::path out = options.out.empty() ? options.directories.front() : options.out;
  write_files(report, out);
  if (!options.figures) return report;
  const FiguresWritten figures = write_figures(report, out);
  for (const std::string& hint : figures.hints) report.find("notes")->push_back(hint);
  return report;
}

}  // namespace leakprobe::host
