#include "leakprobe/host/report.h"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "compose/differences.h"
#include "format/atomic_file.h"
#include "format/csv.h"
#include "format/files.h"
#include "format/own_files.h"
#include "leakprobe/host/workbench.h"
#include "records/find_run_directories.h"
#include "records/lock.h"
#include "records/work_folder.h"
#include "report/claims.h"
#include "report/figures/figures.h"
#include "report/find_runs.h"
#include "report/gate_names.h"
#include "report/group_report.h"
#include "report/groups.h"
#include "report/runs_csv.h"
#include "text/quote.h"

namespace leakprobe::host {
namespace {

namespace fs = std::filesystem;

void check(const ReportOptions& options) {
  for (const std::string& kind : options.pool) {
    const std::vector<std::string>& kinds = pooled_kinds();
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) continue;
    throw UsageError("nothing called " + quote(kind) + " can be pooled; " +
                     suggest(kind, kinds, "there are"));
  }
  if (options.power && !(*options.power > 0 && *options.power < 1)) {
    throw UsageError("the power must lie between 0 and 1, such as 0.8");
  }
}

/// The group before `group` that has the same runs under another label; nullptr where none does.
const RunGroup* same_runs_before(const std::vector<RunGroup>& groups, const RunGroup& group) {
  for (const RunGroup& other : groups) {
    if (&other == &group) break;
    const bool same =
        std::equal(other.runs.begin(), other.runs.end(), group.runs.begin(), group.runs.end(),
                   [](const RunRecord& a, const RunRecord& b) {
                     return a.directory == b.directory && a.claim_name == b.claim_name;
                   });
    if (same) return &other;
  }
  return nullptr;
}

Value groups_value(const std::vector<RunGroup>& groups, std::optional<double> power,
                   std::vector<std::string>& notes) {
  std::vector<GroupReport> reports;
  std::vector<std::optional<double>> p;
  std::vector<size_t> tested_as;  // the group whose test each one's is
  for (const RunGroup& group : groups) {
    const std::optional<double> own = reports.emplace_back(group).p();
    const RunGroup* same = same_runs_before(groups, group);
    tested_as.push_back(static_cast<size_t>((same == nullptr ? &group : same) - groups.data()));
    p.push_back(same == nullptr ? own : std::nullopt);
    if (same == nullptr) continue;
    notes.push_back("'" + group.label + "' is the same configuration as '" + same->label +
                    "': their test counts once");
  }
  const std::vector<std::optional<double>> adjusted = holm_adjusted(p);
  Value value = Value::list();
  for (size_t i = 0; i < reports.size(); ++i) {
    value.push_back(reports[i].value(adjusted[tested_as[i]], power));
  }
  return value;
}

/// Where a report goes unless somebody says so: into the first folder named, if that is a run's, a
/// sweep's, or one of runs, such as runs/<name> or runs. One that merely has a run somewhere below,
/// as / may, is somebody else's: a UsageError, before all of these are read. What holds no run at
/// all is refused by whoever reads them.
fs::path own_folder(const fs::path& given) {
  constexpr std::ptrdiff_t kDeepest = 2;
  std::error_code none;
  const fs::path folder = fs::canonical(given, none);
  if (none || is_run_directory(folder) || is_sweep_folder(folder)) return given;
  const std::vector<fs::path> runs = find_run_directories(folder).runs;
  if (runs.empty()) return given;
  const bool is_own = std::any_of(runs.begin(), runs.end(), [&](const fs::path& run) {
    const fs::path below = run.lexically_relative(folder);
    return std::distance(below.begin(), below.end()) <= kDeepest;
  });
  if (is_own && folder.has_relative_path()) return given;
  throw UsageError(given.string() +
                   ": is no folder of runs, though there are some below it; name theirs, or say "
                   "with --out where the report goes");
}

void write_files(const Value& report, const fs::path& out) {
  create_folders(out);
  if (!FolderLock::is_held(out)) remove_temporary_files(out);  // it may be a run's own folder
  OwnFiles(out, kReportMaker).claim({"report.json", "runs.csv"});
  write_file_atomically(out / "report.json", to_pretty_json(report) + "\n");
  write_file_atomically(out / "runs.csv", without_formulas(runs_csv(report)));
}

}  // namespace

Value report(const ReportOptions& options) {
  check(options);
  if (!options.out.empty()) require_possible_folder(options.out);
  const fs::path out = options.out.empty() ? own_folder(options.directories.front()) : options.out;
  FoundRuns found = find_runs(options.directories);
  if (found.runs.empty()) throw Error("no run could be read: " + found.notes.front());
  const std::vector<RunGroup> groups = group_runs(by_claim(found.runs), options.pool, found.notes);
  Value report = Value::map();
  report.set("version", 1);
  report.set("leakprobe", version());
  report.set("axes", axes_value(found.axes));
  report.set("groups", groups_value(groups, options.power, found.notes));
  if (!options.against.empty()) report.set("against", meant_gate(report, options.against));
  Value notes = Value::list();
  for (const std::string& note : found.notes) notes.push_back(note);
  report.set("notes", std::move(notes));
  write_files(report, out);
  if (!options.figures) return report;
  const FiguresWritten figures = write_figures(report, out);
  for (const std::string& hint : figures.hints) report.at("notes").push_back(hint);
  return report;
}

}  // namespace leakprobe::host
