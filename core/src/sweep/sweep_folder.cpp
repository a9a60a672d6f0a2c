#include "sweep/sweep_folder.h"

#include "format/atomic_file.h"
#include "format/files.h"
#include "format/own_files.h"
#include "records/sweep_record.h"

namespace leakprobe {

std::string who_runs_it(const std::filesystem::path& folder) {
  return "another process is running this sweep; follow it with 'leakprobe watch " +
         folder.string() + "'";
}

void write_sweep_folder(const SweepPlan& plan) {
  create_folders(plan.folder);
  OwnFiles(plan.folder, kSweepMaker).claim({kSweepFile, "configs", "logs"});
  create_folders(plan.folder / "configs");
  create_folders(plan.folder / "logs");
  for (const PlannedRun& run : plan.runs) write_file_atomically(plan.config_of(run), run.config);

  SweepRecord sweep;
  sweep.file = plan.file;
  sweep.name = plan.name;
  sweep.threads = plan.threads;
  sweep.axes = plan.axes;
  for (const PlannedPoint& point : plan.points) {
    sweep.points.push_back({point.label, point.labels, plan.runs[point.run].directory, point.digest,
                            static_cast<int64_t>(point.seed)});
  }
  write_file_atomically(plan.folder / kSweepFile,
                        to_pretty_json(sweep.to_value(plan.folder)) + "\n");
}

void remove_sweep_folder(const SweepPlan& plan) {
  const OwnFiles own(plan.folder, kSweepMaker);
  for (const std::string& name : own.names()) own.remove_folder(name);
}

}  // namespace leakprobe
