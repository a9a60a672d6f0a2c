#include "report/figures/figures.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "format/atomic_file.h"
#include "format/csv.h"
#include "format/files.h"
#include "format/json_write.h"
#include "format/own_files.h"
#include "leakprobe/error.h"
#include "report/figures/curve_data.h"
#include "report/figures/curves.h"
#include "report/figures/effect.h"
#include "report/figures/effect_against.h"
#include "report/figures/rendering.h"
#include "report/figures/report_value.h"
#include "report/figures/rewards.h"
#include "report/html/page.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

/// Curves hold every evaluation of every run; beyond it a page gets too heavy to open.
constexpr size_t kMostCurves = 12;
/// Drawing one as SVG and PNG takes about a second. Where there are more, the figures of effects
/// tell more than a few curves that came first; the page has them all.
constexpr size_t kMostDrawnCurves = 4;

/// How figures of one group are called, and their files begin.
constexpr const char *kCurves = "curves", *kRewards = "rewards";

std::vector<std::string> runs_of(const Value& group) {
  std::vector<std::string> runs;
  for (const Value& run : group.find_items("runs")) runs.push_back(text_at(run, "directory"));
  return runs;
}

std::vector<Figure> all_figures(const Value& report, std::vector<std::string>& hints) {
  std::vector<Figure> figures;
  const Value::List& groups = report.find_items("groups");
  std::set<std::string> names;
  std::set<std::vector<std::string>> trained_runs;
  size_t drawn = 0;
  for (const Value& group : groups) {
    if (drawn == kMostCurves) {
      hints.push_back("curves were drawn for the first " + std::to_string(kMostCurves) + " of " +
                      std::to_string(groups.size()) +
                      " groups; name fewer folders to see those of others");
      break;
    }
    const std::string label = text_at(group, "label");
    std::string ending = groups.size() > 1 ? "_" + file_name_of(label) : "";
    while (!names.insert(ending).second) ending += "_";
    try {
      const GroupCurves curves = read_curves(group);
      std::optional<Figure> measured = curves_figure(group, curves, kCurves + ending), trained;
      // Runs of several claims are in several groups.
      if (trained_runs.insert(runs_of(group)).second) {
        trained = rewards_figure(label, curves, kRewards + ending);
      }
      if (measured || trained) ++drawn;
      if (measured) figures.push_back(*std::move(measured));
      if (trained) figures.push_back(*std::move(trained));
    } catch (const Error& unreadable) {
      hints.push_back("no curves of " + label + ": " + unreadable.what());
    }
  }
  // One group is told by its curves, several by what sets them apart.
  std::vector<Figure> effects = effect_figures(report);
  std::vector<Figure> against = effect_against_figures(report);
  if (const std::string gate = text_at(report, "against"); !gate.empty() && against.empty()) {
    hints.push_back("nothing was drawn against " + gate +
                    ": no VALID run has both its value and an effect");
  }
  std::move(against.begin(), against.end(), std::back_inserter(effects));
  figures.insert(groups.size() > 1 ? figures.begin() : figures.end(),
                 std::make_move_iterator(effects.begin()), std::make_move_iterator(effects.end()));
  return figures;
}

bool is_curves(const Figure& figure) { return figure.name.starts_with(kCurves); }
bool is_rewards(const Figure& figure) { return figure.name.starts_with(kRewards); }

/// Takes the folder for the files of these figures. Those of an earlier report with other groups
/// would be taken for this one's.
void take_folder(const fs::path& folder, const std::vector<Figure>& figures) {
  create_folders(folder);
  OwnFiles own(folder, kReportMaker);
  for (const std::string& name : own.names()) own.remove_file(name);
  std::vector<std::string> names;
  for (const Figure& figure : figures) {
    for (const char* ending : {".vl.json", ".csv", ".svg", ".png"}) {
      names.push_back(figure.name + ending);
    }
  }
  own.claim(names);
}

}  // namespace

FiguresWritten write_figures(const Value& report, const fs::path& out) {
  FiguresWritten written;
  const std::vector<Figure> figures = all_figures(report, written.hints);
  const fs::path folder = out / "figures";
  create_folders(out);
  OwnFiles(out, kReportMaker).claim({folder.filename().string()});
  take_folder(folder, figures);
  const auto count = [&](bool (*is)(const Figure&)) {
    return static_cast<size_t>(std::count_if(figures.begin(), figures.end(), is));
  };
  const size_t curves = std::max(count(is_curves), count(is_rewards));
  std::vector<fs::path> drawn;
  for (const Figure& figure : figures) {
    const fs::path csv = folder / (figure.name + ".csv"),
                   spec = folder / (figure.name + ".vl.json");
    write_file_atomically(csv, without_formulas(figure.csv));
    write_json(spec, figure.spec);
    written.files.insert(written.files.end(), {csv, spec});
    const bool of_a_group = is_curves(figure) || is_rewards(figure);
    if (!of_a_group || curves <= kMostDrawnCurves) drawn.push_back(spec);
  }
  if (!drawn.empty()) render_figures(drawn, written);
  if (curves > kMostDrawnCurves) {
    const auto all_of = [&](const char* name) {
      return (folder / (std::string(name) + "*.vl.json")).string();
    };
    written.hints.push_back("curves of more than " + std::to_string(kMostDrawnCurves) +
                            " groups are in report.html alone; as SVG and PNG: python3 " +
                            (report_resources() / "render_figures.py").lexically_normal().string() +
                            " " + all_of(kCurves) +
                            (count(is_rewards) == 0 ? "" : " " + all_of(kRewards)));
  }
  write_page(report, figures, out, written);
  return written;
}

}  // namespace leakprobe
