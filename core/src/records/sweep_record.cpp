#include "records/sweep_record.h"

#include <system_error>
#include <utility>

#include "format/content_hash.h"
#include "format/files.h"
#include "format/json_to_value.h"
#include "format/own_files.h"

namespace leakprobe {

namespace fs = std::filesystem;

namespace {

constexpr const char* kHashOfSweep = "xxh3_128";

/// Of all that the file says besides: whose labels were exchanged would show one arm for another.
std::string hash_of_sweep(Value value) {
  value.erase(kHashOfSweep);
  ContentHash hash;
  hash.update(to_json(value_of_json(to_json(value), kSweepFile)));  // which sorts the keys
  return hash.hex();
}

}  // namespace

bool is_sweep_folder(const fs::path& folder) { return is_taken(folder / kSweepFile); }

bool is_own_sweep_folder(const fs::path& folder) {
  return is_sweep_folder(folder) && OwnFiles(folder, kSweepMaker).owns(kSweepFile);
}

Value labels_value(const RunLabels& labels) {
  Value value = Value::map();
  for (const auto& [axis, label] : labels) value.set(axis, label);
  return value;
}

Value axes_value(const std::vector<SweepRecord::Axis>& axes) {
  Value list = Value::list();
  for (const SweepRecord::Axis& axis : axes) {
    Value entry = Value::map();
    entry.set("name", axis.name);
    entry.set("cases", Value(Value::List(axis.cases.begin(), axis.cases.end())));
    list.push_back(std::move(entry));
  }
  return list;
}

Value SweepRecord::to_value(const fs::path& folder) const {
  Value value = Value::map();
  value.set("version", kSweepVersion);
  value.set("file", file.string());
  value.set("name", name);
  if (threads) value.set("threads", *threads);
  value.set("axes", axes_value(axes));
  Value point_list = Value::list();
  for (const Point& point : points) {
    Value entry = Value::map();
    entry.set("label", point.label);
    entry.set("labels", labels_value(point.labels));
    entry.set("directory", point.directory.lexically_relative(folder).string());
    entry.set("digest", point.digest);
    entry.set("seed", point.seed);
    point_list.push_back(std::move(entry));
  }
  value.set("points", std::move(point_list));
  value.set(kHashOfSweep, hash_of_sweep(value));
  return value;
}

SweepRecord read_sweep_record(const fs::path& folder) {
  const Value value = read_json(folder / kSweepFile);
  if (value.integer("version") != kSweepVersion) {
    value.fail("version", "this version is not known");
  }
  // Older ones have none.
  if (value.has(kHashOfSweep) && value.text(kHashOfSweep) != hash_of_sweep(value)) {
    value.fail(
        kHashOfSweep,
        "the file was altered since the sweep wrote it; remove it and start the sweep again");
  }
  SweepRecord sweep;
  if (value.has("file")) sweep.file = value.text("file");
  sweep.name = value.text("name");
  if (value.has("threads")) sweep.threads = value.integer("threads", 1);
  for (const Value& axis : value.maps("axes")) {
    sweep.axes.push_back({axis.text("name"), axis.texts("cases")});
  }
  for (const Value& entry : value.maps("points")) {
    SweepRecord::Point& point = sweep.points.emplace_back();
    point.label = entry.text("label");
    const Value& labels = entry.mapping("labels");
    for (const SweepRecord::Axis& axis : sweep.axes) {
      point.labels.emplace_back(axis.name, labels.text(axis.name));
    }
    const fs::path directory = folder / entry.text("directory");
    std::error_code failure;  // of a loop of links, say: whoever looks into it will tell
    point.directory = fs::weakly_canonical(directory, failure);
    if (failure) point.directory = directory.lexically_normal();
    point.digest = entry.text("digest");
    point.seed = entry.integer("seed", 0);
  }
  return sweep;
}

std::optional<int64_t> recorded_threads(const fs::path& folder) {
  if (!is_own_sweep_folder(folder)) return std::nullopt;
  return read_sweep_record(folder).threads;
}

}  // namespace leakprobe
