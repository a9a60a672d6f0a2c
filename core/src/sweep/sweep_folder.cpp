#include "sweep/sweep_folder.h"

#include "format/atomic_file.h"
#include "format/json.h"

namespace leakprobe {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "sweep.json";

}  // namespace

std::optional<int64_t> recorded_threads(const fs::path& folder) {
  if (!fs::exists(folder / kFile)) return std::nullopt;
  return JsonValue::read(folder / kFile).find_int("threads", 1);
}

void write_sweep_folder(const SweepPlan& plan) {
  fs::create_directories(plan.folder / "configs");
  fs::create_directories(plan.folder / "logs");
  for (const PlannedRun& run : plan.runs) write_file_atomically(plan.config_of(run), run.config);

  Value sweep = Value::map();
  sweep.set("version", 1);
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
