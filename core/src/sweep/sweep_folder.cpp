#include "sweep/sweep_folder.h"

#include "format/atomic_file.h"
#include "format/files.h"
#include "format/json.h"
#include "format/own_files.h"
#include "records/sweep_record.h"

namespace leakprobe {

void write_sweep_folder(const SweepPlan& plan) {
  create_folders(plan.folder);
  OwnFiles(plan.folder, kSweepMaker).claim({kSweepFile, "configs", "logs"});
  create_folders(plan.folder / "configs");
  create_folders(plan.folder / "logs");
  for (const PlannedRun& run : plan.runs) write_file_atomically(plan.config_of(run), run.config);

  Value sweep = Value::map();
  sweep.set("version", kSweepVersion);
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
  write_file_atomically(plan.folder / kSweepFile, to_pretty_json(sweep) + "\n");
}

}  // namespace leakprobe
