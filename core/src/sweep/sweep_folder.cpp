#include "sweep/sweep_folder.h"

#include <system_error>

#include "format/atomic_file.h"
#include "format/files.h"
#include "format/json.h"
#include "format/own_files.h"
#include "sweep/sweep_plan.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "sweep.json";
constexpr const char* kSweepMaker = "sweep";
constexpr int64_t kVersion = 1;

}  // namespace

bool is_sweep_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kFile, ignored);
}

bool is_own_sweep_folder(const fs::path& folder) {
  return is_sweep_folder(folder) && OwnFiles(folder, kSweepMaker).owns(kFile);
}

SweepRecord read_sweep_folder(const fs::path& folder) {
  const JsonValue file = JsonValue::read(folder / kFile);
  if (file.get_int("version") != kVersion) file.at("version").fail("this version is not known");
  SweepRecord sweep;
  sweep.name = file.get_string("name");
  const JsonValue axes = file.at("axes");
  for (size_t i = 0; i < axes.size(); ++i) {
    SweepRecord::Axis& axis = sweep.axes.emplace_back();
    axis.name = axes[i].get_string("name");
    const JsonValue cases = axes[i].at("cases");
    for (size_t k = 0; k < cases.size(); ++k) axis.cases.push_back(cases[k].as_string());
  }
  const JsonValue points = file.at("points");
  for (size_t i = 0; i < points.size(); ++i) {
    SweepRecord::Point& point = sweep.points.emplace_back();
    point.label = points[i].get_string("label");
    const JsonValue labels = points[i].at("labels");
    for (const SweepRecord::Axis& axis : sweep.axes) {
      point.labels.emplace_back(axis.name, labels.get_string(axis.name));
    }
    const fs::path directory = folder / points[i].get_string("directory");
    std::error_code failure;  // of a loop of links, say: whoever looks into it will tell
    point.directory = fs::weakly_canonical(directory, failure);
    if (failure) point.directory = directory.lexically_normal();
    point.digest = points[i].get_string("digest");
    point.seed = points[i].get_int("seed", 0);
  }
  return sweep;
}

std::optional<int64_t> recorded_threads(const fs::path& folder) {
  if (!is_own_sweep_folder(folder)) return std::nullopt;
  return JsonValue::read(folder / kFile).find_int("threads", 1);
}

void write_sweep_folder(const SweepPlan& plan) {
  create_folders(plan.folder);
  OwnFiles(plan.folder, kSweepMaker).claim({kFile, "configs", "logs"});
  create_folders(plan.folder / "configs");
  create_folders(plan.folder / "logs");
  for (const PlannedRun& run : plan.runs) write_file_atomically(plan.config_of(run), run.config);

  Value sweep = Value::map();
  sweep.set("version", kVersion);
  sweep.set("file", plan.file.string());
  sweep.set("name", plan.name);
  sweep.set("threads", plan.threads);
  sweep.set("axes", axes_value(plan.axes));
  Value points = Value::list();
  for (const PlannedPoint& point : plan.points) {
    const PlannedRun& run = plan.runs[point.run];
    Value value = Value::map();
    value.set("label", point.label);
    value.set("labels", labels_value(point));
    value.set("directory", run.directory.lexically_relative(plan.folder).string());
    value.set("digest", point.digest);
    value.set("seed", static_cast<int64_t>(point.seed));
    points.push_back(std::move(value));
  }
  sweep.set("points", std::move(points));
  write_file_atomically(plan.folder / kFile, to_pretty_json(sweep) + "\n");
}

}  // namespace leakprobe
