#include "records/sweep_record.h"

#include <system_error>

#include "format/json.h"
#include "format/own_files.h"

namespace leakprobe {

namespace fs = std::filesystem;

bool is_sweep_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kSweepFile, ignored);
}

bool is_own_sweep_folder(const fs::path& folder) {
  return is_sweep_folder(folder) && OwnFiles(folder, kSweepMaker).owns(kSweepFile);
}

SweepRecord read_sweep_record(const fs::path& folder) {
  const JsonValue file = JsonValue::read(folder / kSweepFile);
  if (file.get_int("version") != kSweepVersion)
    file.at("version").fail("this version is not known");
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
  return JsonValue::read(folder / kSweepFile).find_int("threads", 1);
}

}  // namespace leakprobe
